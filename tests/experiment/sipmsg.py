# SPDX-License-Identifier: GPL-2.0-or-later
"""SIP messages as text, as far as phones and attackers need them."""
import re


def header(message, name):
    found = re.search(rf"^{name}\s*:\s*(.*?)\r?$", message.split("\r\n\r\n")[0], re.M | re.I)
    return found.group(1) if found else ""


def lines(message, *names):
    """All header lines of these names, in order."""
    return [line for line in message.split("\r\n\r\n")[0].split("\r\n")[1:]
            if line.split(":")[0].strip().lower() in [name.lower() for name in names]]


def without(message, *names):
    head, _, body = message.partition("\r\n\r\n")
    first, *rest = head.split("\r\n")
    gone = [name.lower() for name in names]
    rest = [line for line in rest if line.split(":")[0].strip().lower() not in gone]
    return "\r\n".join([first, *rest]) + "\r\n\r\n" + body


def on_top(message, *more):
    first, _, rest = message.partition("\r\n")
    return "\r\n".join([first, *more, rest])


def with_body(message, body):
    head = without(message, "Content-Length").partition("\r\n\r\n")[0]
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}"


def body(message):
    return message.partition("\r\n\r\n")[2]


def uri(value):
    """Of a name-addr."""
    return re.search(r"<(.*?)>", value).group(1)


def media_of(message):
    """(address, port) of the audio stream in a message's SDP."""
    return (re.search(r"^c=IN IP4 (\S+?)\r?$", message, re.M).group(1),
            int(re.search(r"^m=audio (\d+)", message, re.M).group(1)))


def setup_of(message):
    found = re.search(r"^a=setup:(\w+)", message, re.M)
    return found.group(1) if found else ""


def fingerprints(sdp):
    return re.findall(r"^a=fingerprint:\s*(\S+) ([0-9A-Fa-f:]+)", sdp, re.M)


def pointed(sdp, address, port, fingerprint):
    """The same description, of media that ends at `address` under another certificate."""
    sdp = re.sub(r"^(c=IN IP4 )\S+", rf"\g<1>{address}", sdp, flags=re.M)
    sdp = re.sub(r"^(m=audio )\d+", rf"\g<1>{port}", sdp, flags=re.M)
    sdp = re.sub(r"^a=rtcp:.*\r\n", "", sdp, flags=re.M)
    return re.sub(r"^(a=fingerprint:sha-256 )[0-9A-F:]+", rf"\g<1>{fingerprint}", sdp, flags=re.M)


def as_plain_rtp(sdp):
    """The same description, of media without any encryption."""
    sdp = re.sub(r"^(m=audio \d+ )\S+", r"\g<1>RTP/AVP", sdp, flags=re.M)
    return re.sub(r"^a=(fingerprint|setup):.*\r\n", "", sdp, flags=re.M)


def answer(request, line, *more, tag="", sdp=""):
    """A response, with what it has to repeat of its request."""
    to = header(request, "To")
    if tag and "tag=" not in to:
        to += f";tag={tag}"
    head = [f"SIP/2.0 {line}", *lines(request, "Via", "Record-Route", "From", "Call-ID", "CSeq"),
            f"To: {to}", *more]
    if sdp:
        head.append("Content-Type: application/sdp")
    return "\r\n".join([*head, f"Content-Length: {len(sdp)}", "", sdp])


def ack_of(request, response):
    """The ACK of a response of 300 or more, of the INVITE's own transaction."""
    target = request.split(" ")[1]
    number = header(request, "CSeq").split()[0]
    return "\r\n".join([f"ACK {target} SIP/2.0", lines(request, "Via")[0], "Max-Forwards: 70",
                        *lines(response, "From", "To", "Call-ID"), *lines(request, "Route"),
                        f"CSeq: {number} ACK", "Content-Length: 0", "", ""])
