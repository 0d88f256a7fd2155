/* intercept/bpf/bulwark.bpf.c as compiled (an ELF file), made part of the program at build time. */
#ifndef SETUP_KERNEL_OBJECT_H
#define SETUP_KERNEL_OBJECT_H

extern const unsigned char	kernel_object[];
extern const unsigned long	kernel_object_bytes;

#endif
