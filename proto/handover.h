/*
 * What bulwark-setup hands to the parent after it loaded the suite's part in the kernel
 * (intercept/bpf): one message over a socket pair, struct kernel_header and with it one
 * descriptor for each enum kernel_part, in that order. The parent holds them; the programs
 * that rules match by lie in the folder that it gave, FD_SETUP_KERNEL/NAME.
 */
#ifndef PROTO_HANDOVER_H
#define PROTO_HANDOVER_H

#include <stdint.h>

#define KERNEL_MAGIC	0x4257424bu	/* "BWBK" */
#define KERNEL_NAME	16		/* hexadecimal digits: one load's folder differs from another's */

/* Keys and values of maps: sizes of the structures in intercept/bpf/maps.h. */
#define KERNEL_CONTROL_BYTES	72
#define KERNEL_LOST_BYTES	8
#define KERNEL_GRANT_KEY_BYTES	136
#define KERNEL_GRANT_BYTES	16
#define KERNEL_REFUSAL_KEY_BYTES 120
#define KERNEL_REFUSAL_BYTES	40
#define KERNEL_TUPLE_BYTES	40
#define KERNEL_NOTE_BYTES	136
#define KERNEL_OWNERS_BYTES	64
#define KERNEL_PROGRAM_BYTES	72
#define KERNEL_PORTS_BYTES	16448

enum kernel_part {
	/* maps, by their names in bulwark.bpf.c */
	PART_CONTROL,
	PART_GRANTS,
	PART_NOTES,
	PART_OWNERS,
	PART_USES,
	PART_REFUSALS,
	PART_BELOW,
	PART_BELOW_MAY,
	PART_PORTS,
	PART_PORT_NEWS,
	PART_EVENTS,
	PART_LOST,
	/* links: as long as one is open, its program is attached */
	PART_CONNECT4,
	PART_CONNECT6,
	PART_SENDMSG4,
	PART_SENDMSG6,
	PART_RELEASE,
	PART_BIND4,
	PART_BIND6,
	PART_EXEC,
	PART_FORK,
	PART_EXIT,
	PART_QUEUED,
	PART_OPTION,
	/* programs */
	PART_GATE,	/* for devices' ways out (tc) */
	KERNEL_PARTS,
};

/* The gate's place among the filters of a device's way out; whoever finds one there knows it by these. */
#define GATE_NAME	"bulwark-gate"
#define GATE_PRIORITY	1
#define GATE_HANDLE	0x4257u

struct kernel_header {
	uint32_t	magic;
	uint32_t	parts;		/* KERNEL_PARTS */
};

#endif
