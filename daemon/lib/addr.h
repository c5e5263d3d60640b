/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A transport address: IPv4 or IPv6 and a port. */
#ifndef KSRTP_ADDR_H
#define KSRTP_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct wbuf;
struct rbuf;

/**
 * struct addr - transport address
 * @family: AF_INET, AF_INET6, or 0 for none
 * @port: host order; 0 for none
 * @ip: network order; the first 4 octets for AF_INET
 */
struct addr {
	sa_family_t family;
	uint16_t port;
	uint8_t ip[16];
};

#define ADDR_STRLEN 64

/** addr_parse() - numeric "192.0.2.1" or "2001:db8::1" (brackets allowed) and a port. 0 or -EINVAL. */
int addr_parse(struct addr *a, const char *ip, uint16_t port);

/** addr_ip_str() - the IP address alone, without brackets, into @out[ADDR_STRLEN]; returns @out. */
const char *addr_ip_str(const struct addr *a, char *out);

/** addr_str() - "192.0.2.1:5060" or "[2001:db8::1]:5060" into @out[ADDR_STRLEN]; returns @out. */
const char *addr_str(const struct addr *a, char *out);

bool addr_equal(const struct addr *a, const struct addr *b);
bool addr_ip_equal(const struct addr *a, const struct addr *b);
bool addr_is_any(const struct addr *a);		/* 0.0.0.0 or :: */
bool addr_is_host(const struct addr *a);	/* neither unspecified, multicast nor broadcast */
static inline bool addr_is_set(const struct addr *a) { return a->family != 0; }
static inline size_t addr_ip_len(const struct addr *a) { return a->family == AF_INET6 ? 16 : 4; }

/** addr_to_sockaddr() - Return: the length to give to bind() or sendto(). */
socklen_t addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *ss);
/** addr_from_sockaddr() - IPv4-mapped IPv6 becomes IPv4. 0 or -EAFNOSUPPORT. */
int addr_from_sockaddr(struct addr *a, const struct sockaddr_storage *ss);

void addr_put(struct wbuf *w, const struct addr *a);	/* for ipc */
void addr_get(struct rbuf *r, struct addr *a);		/* bad reader on nonsense */

#endif /* KSRTP_ADDR_H */
