/*
 * Functions of the network rows, by the file that they stand in; the table
 * is in area_network.c.
 */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_NETWORK_H
#define ISTHMUS_SURVEY_PROBE_AREA_NETWORK_H

#include <net/if.h>

#include "survey/probe/area_row_util.h"

/* Name and flags of the interface with 127.0.0.1; false when none has. */
bool nt_loopback(char name[IFNAMSIZ], unsigned *flags);

/* A network namespace or a jail may have no loopback: then it is skipped. */
#define NEED_LOOPBACK()                                                   \
	do {                                                              \
		char name_[IFNAMSIZ];                                     \
		unsigned flags_;                                          \
                                                                          \
		if (!nt_loopback(name_, &flags_))                         \
			return (util_skip("no interface has 127.0.0.1")); \
	} while (0)

/* area_network_inet.c */
probe_fn nt_tcp4, nt_tcp6, nt_udp, nt_refused, nt_nonblock_connect,
    nt_reuseport, nt_reuseport_lb, nt_address_in_use, nt_low_port,
    nt_loopback_net, nt_v6only, nt_mapped, nt_nodelay, nt_tcp_info, nt_cork,
    nt_fastopen, nt_user_timeout, nt_keepalive, nt_accept_filter,
    nt_defer_accept, nt_nosigpipe, nt_mmsg, nt_timestamp, nt_rcvtimeo,
    nt_accept_inherits;

/* area_network_link.c */
probe_fn nt_getifaddrs, nt_if_index, nt_siocgifflags, nt_siocsifflags,
    nt_netlink, nt_routing_socket, nt_raw_user, nt_raw, nt_ping_socket,
    nt_packet, nt_bpf_device, nt_vsock, nt_hyperv, nt_alg, nt_sctp,
    nt_bindtodevice, nt_mark, nt_setfib, nt_transparent, nt_freebind,
    nt_so_domain, nt_tun;

#endif
