/*
 * What is said to the kernel about the gate, by intercept, who puts it at devices, and by bulwark-setup, who takes it
 * away at a release. Flags and number of a message are its sender's matter. Pure.
 */
#ifndef GATE_MESSAGE_H
#define GATE_MESSAGE_H

#include <libmnl/libmnl.h>

#include <stdint.h>

#define GATE_MESSAGE	256	/* bytes that a message has room in, with the options of a filter */
#define GATE_EGRESS	0xfffffff3u	/* a device's way out, as filters name it */
#define GATE_INGRESS	0xfffffff2u

/* Each begins a message in a buffer of GATE_MESSAGE bytes, aligned as a struct nlmsghdr. */
struct nlmsghdr	*gate_ask_devices(void *buffer);
/* What filters are put to: RTM_NEWQDISC, RTM_DELQDISC. */
struct nlmsghdr	*gate_place(void *buffer, uint16_t type, int device);
/* The gate: RTM_NEWTFILTER, RTM_DELTFILTER. */
struct nlmsghdr	*gate_filter(void *buffer, uint16_t type, int device);
/* Which filters a device has there: GATE_EGRESS or GATE_INGRESS. */
struct nlmsghdr	*gate_ask_filters(void *buffer, int device, uint32_t side);

/* The number of a device that is there and is not the loopback device; 0: the message tells of none. */
int		 gate_device(const struct nlmsghdr *);

#endif
