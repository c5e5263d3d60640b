# SPDX-License-Identifier: GPL-2.0-or-later
"""What the captures say: who sent which packets, what was lost, what was not encrypted."""
import collections
import struct
import subprocess

import g711
import tone

Packet = collections.namedtuple("Packet", "time src sport dst dport data")

SIP = 5060
TAGS = {"AES_CM_128_HMAC_SHA1_80": 10, "AEAD_AES_128_GCM": 16}
# RFC 5764 section 4.1.2, RFC 7714 section 14.2
PROFILE_IDS = {0x0001: "AES_CM_128_HMAC_SHA1_80", 0x0007: "AEAD_AES_128_GCM"}


def read_pcap(path):
    """The UDP packets over IPv4 of a capture of tcpdump's, in order."""
    with open(path, "rb") as file:
        blob = file.read()
    if len(blob) < 24 or blob[:4] != b"\xd4\xc3\xb2\xa1" or blob[20] != 1:
        raise ValueError(f"{path}: not an Ethernet capture")
    packets, at = [], 24
    while at + 16 <= len(blob):
        sec, usec, length, wire_length = struct.unpack_from("<4I", blob, at)
        if length != wire_length or at + 16 + length > len(blob):
            raise ValueError(f"{path}: a packet is cut short")
        frame = blob[at + 16:at + 16 + length]
        at += 16 + length
        if frame[12:14] != b"\x08\x00" or frame[23] != 17:
            continue
        if struct.unpack_from("!H", frame, 20)[0] & 0x3fff:
            raise ValueError(f"{path}: a fragmented UDP packet")
        udp = 14 + (frame[14] & 15) * 4
        sport, dport, udp_length = struct.unpack_from("!3H", frame, udp)
        packets.append(Packet(sec + usec / 1e6, ".".join(map(str, frame[26:30])), sport,
                              ".".join(map(str, frame[30:34])), dport,
                              frame[udp + 8:udp + udp_length]))
    return packets


def kind(data):
    """What a packet is, by its first two octets (RFC 7983 section 7, RFC 5761 section 4)."""
    if not data:
        return "empty"
    first = data[0]
    if first <= 3:
        return "stun"
    if 20 <= first <= 63:
        return "dtls"
    if 128 <= first <= 191 and len(data) >= 8:
        return "rtcp" if 192 <= data[1] <= 223 else "rtp"
    return "other"


def media(packets):
    """RTP and RTCP: all that looks like it, on whatever port but SIP's."""
    return [p for p in packets if SIP not in (p.sport, p.dport) and kind(p.data) in ("rtp", "rtcp")]


def rtp(packets, src):
    return [p for p in packets if p.src == src and kind(p.data) == "rtp"
            and SIP not in (p.sport, p.dport)]


def rtp_id(data):
    """(SSRC, sequence number): what a packet keeps on its way through a gateway."""
    return struct.unpack_from("!I", data, 8)[0], struct.unpack_from("!H", data, 2)[0]


def payload(data):
    """What follows the RTP header: fixed part, CSRCs, extension (RFC 3550 section 5.1)."""
    start = 12 + 4 * (data[0] & 15)
    if data[0] & 16:
        start += 4 + 4 * struct.unpack_from("!H", data, start + 2)[0]
    return data[start:]


def direction(sent, received):
    """Follows one direction: packets as sent, packets as they came out of the gateway.

    Lost is what was sent between the first and the last packet that got
    through and did not itself.  What was sent before (while the session was
    held) or after (when the other phone had hung up) is told apart.
    """
    arrived = collections.Counter(rtp_id(p.data) for p in received)
    order = [rtp_id(p.data) for p in sent]
    through = [i for i, key in enumerate(order) if key in arrived]
    if not through:
        return {"packets": len(received), "lost": 0, "duplicates": 0, "unknown": len(received),
                "before_open": len(order), "after_close": 0}
    first, last = through[0], through[-1]
    return {"packets": len(received),
            "lost": last - first + 1 - len(through),
            "duplicates": sum(n - 1 for n in arrived.values()),
            "unknown": len(set(arrived) - set(order)),
            "before_open": first, "after_close": len(order) - 1 - last}


def rtcp_is_plain(data):
    """True when the packet is well-formed RTCP from end to end.

    An SRTCP packet carries an index and a tag behind its last packet and
    ciphertext in place of all headers but the first, so it is not.
    """
    at = 0
    while at < len(data):
        if len(data) - at < 4 or data[at] >> 6 != 2 or not 192 <= data[at + 1] <= 223:
            return False
        at += 4 + 4 * struct.unpack_from("!H", data, at + 2)[0]
    return at == len(data)


def rtcp_of_no_srtcp(passed, encrypted, tag):
    """RTCP packets that passed the gateway although no SRTCP packet was sent for them.

    The first eight octets of SRTCP are in the clear, an index of four octets and
    the tag are behind it (RFC 3711 section 3.4).
    """
    sent = collections.Counter((p.data[:8], len(p.data) - 4 - tag) for p in encrypted
                               if kind(p.data) == "rtcp")
    extra = []
    for p in passed:
        if kind(p.data) == "rtcp":
            key = (p.data[:8], len(p.data))
            sent[key] -= 1
            if sent[key] < 0:
                extra.append(p)
    return extra


def sounds_like_a_tone(octets):
    """True when octets, heard as G.711, are mostly one frequency; ciphertext is noise."""
    if len(octets) < 80:
        return False
    power = tone.spectrum(g711.decode(octets))
    k = int(power.argmax())
    return bool(power[max(k - 3, 0):k + 4].sum() > 0.5 * power.sum())


def why_plain(data, twins, tag):
    """Why a media packet of the encrypted side is not encrypted; "" when it is.

    `twins` are the plain packets of the other side by rtp_id(); one that was
    encrypted differs from its twin in the first octets of its payload and is
    longer by its suite's tag.
    """
    if kind(data) == "rtcp":
        return "RTCP that can be read" if rtcp_is_plain(data) else ""
    if sounds_like_a_tone(payload(data)):
        return "a tone can be heard"
    twin = twins.get(rtp_id(data))
    if twin is None:
        return ""
    if payload(data)[:16] == payload(twin)[:16]:
        return "same payload as on the plain side"
    if len(data) != len(twin) + tag:
        return f"grew by {len(data) - len(twin)} octets, not {tag}"
    return ""


def plain_packets(packets, plain_side, tag):
    """[(packet, why)] for the media packets of one side that are not encrypted.

    Also what is neither media nor DTLS nor STUN: nobody knows what it gives away.
    """
    twins = {rtp_id(p.data): p.data for p in plain_side if kind(p.data) == "rtp"}
    found = []
    for p in packets:
        if SIP in (p.sport, p.dport) or p.dport == 9:
            continue
        if kind(p.data) in ("rtp", "rtcp"):
            why = why_plain(p.data, twins, tag)
        else:
            why = "" if kind(p.data) in ("dtls", "stun") else "neither media nor DTLS nor STUN"
        if why:
            found.append((p, why))
    return found


def growth(encrypted, plain):
    """By how many octets packets differ between the two sides: {octets: packets}."""
    twins = {rtp_id(p.data): len(p.data) for p in plain if kind(p.data) == "rtp"}
    return collections.Counter(len(p.data) - twins[rtp_id(p.data)] for p in encrypted
                               if kind(p.data) == "rtp" and rtp_id(p.data) in twins)


def dtls_profiles(path):
    """Protection profiles that DTLS servers chose in a capture, as tshark reads them."""
    text = subprocess.run(["tshark", "-r", path, "-Y", "dtls.handshake.type == 2", "-T", "fields",
                           "-e", "dtls.use_srtp.protection_profile"],
                          capture_output=True, text=True, timeout=60, check=True).stdout
    ids = {int(word, 16) for word in text.replace(",", " ").split()}
    return sorted(PROFILE_IDS.get(i, f"profile {i:#06x}") for i in ids)


def sip(packets):
    """[(packet, first line, headers)] of the SIP messages of a capture."""
    messages = []
    for p in packets:
        if SIP not in (p.sport, p.dport) or len(p.data) < 16:
            continue
        head = p.data.split(b"\r\n\r\n")[0].decode("utf-8", "replace").split("\r\n")
        headers = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), value.strip())
        messages.append((p, head[0], headers))
    return messages


def setup_ms(packets):
    """From the first INVITE to the first 200 that answers it, in milliseconds."""
    asked = None
    for p, line, headers in sip(packets):
        if asked is None and line.startswith("INVITE "):
            asked = p.time
        elif asked is not None and line.startswith("SIP/2.0 200") \
                and headers.get("cseq", "").endswith("INVITE"):
            return round((p.time - asked) * 1000, 1)
    return None
