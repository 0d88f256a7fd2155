/*
 * Of the kernel's own types, what the programs here read. Fields are found by name when the
 * programs are loaded (CO-RE), so order, size and what is left out do not matter.
 */
#ifndef BPF_KERNEL_H
#define BPF_KERNEL_H

#include <linux/types.h>
#include <stdbool.h>

#define LOOKED_UP	__attribute__((preserve_access_index))

typedef struct { __u32 val; } kuid_t;
typedef struct { __u32 val; } kgid_t;
struct qstr { __u32 len; const unsigned char *name; } LOOKED_UP;
struct timespec64 { __s64 tv_sec; long tv_nsec; } LOOKED_UP;
struct super_block { __u32 s_dev; } LOOKED_UP;
struct inode { unsigned long i_ino; struct super_block *i_sb; kuid_t i_uid; unsigned int i_nlink; } LOOKED_UP;
/* Where the time of change is: up to 6.5, up to 6.10, since. */
struct inode___1 { struct timespec64 i_ctime; } LOOKED_UP;
struct inode___2 { struct timespec64 __i_ctime; } LOOKED_UP;
struct inode___3 { __s64 i_ctime_sec; __u32 i_ctime_nsec; } LOOKED_UP;
struct dentry { struct dentry *d_parent; struct qstr d_name; struct inode *d_inode; } LOOKED_UP;
struct vfsmount { struct dentry *mnt_root; } LOOKED_UP;
struct mount { struct mount *mnt_parent; struct dentry *mnt_mountpoint; struct vfsmount mnt; int mnt_id; } LOOKED_UP;
struct path { struct vfsmount *mnt; struct dentry *dentry; } LOOKED_UP;
struct file { struct path f_path; struct inode *f_inode; } LOOKED_UP;
struct mm_struct { struct file *exe_file; } LOOKED_UP;
struct ns_common { __u32 inum; } LOOKED_UP;
struct mnt_namespace { struct ns_common ns; } LOOKED_UP;
struct user_namespace { struct ns_common ns; } LOOKED_UP;
struct nsproxy { struct mnt_namespace *mnt_ns; } LOOKED_UP;
struct kernel_cap { __u32 cap[2]; };
struct group_info { int ngroups; kgid_t gid[]; } LOOKED_UP;
struct cred {
	kuid_t			 uid, euid;
	kgid_t			 gid, egid, sgid, fsgid;
	struct group_info	*group_info;
	struct user_namespace	*user_ns;
	struct kernel_cap	 cap_effective;
} LOOKED_UP;
struct kernfs_node { __u64 id; const char *name; } LOOKED_UP;
/* Where the folder above is: up to 6.14, since. */
struct kernfs_node___1 { struct kernfs_node *parent; } LOOKED_UP;
struct kernfs_node___2 { struct kernfs_node *__parent; } LOOKED_UP;
struct cgroup { struct kernfs_node *kn; } LOOKED_UP;
struct css_set { struct cgroup *dfl_cgrp; } LOOKED_UP;
struct fdtable { unsigned int max_fds; struct file **fd; unsigned long *open_fds; } LOOKED_UP;
struct files_struct { struct fdtable *fdt; } LOOKED_UP;
typedef struct { int counter; } atomic_t;
struct signal_struct { atomic_t live; } LOOKED_UP;
struct io_uring_task { int cached_refs; } LOOKED_UP;
#define PF_IO_WORKER	0x10
#define PF_KTHREAD	0x200000
struct task_struct {
	int			 pid, tgid;
	unsigned int		 flags, ptrace;
	__u64			 start_boottime, self_exec_id;
	struct task_struct	*group_leader, *real_parent;
	struct mm_struct	*mm;
	const struct cred	*real_cred;
	struct nsproxy		*nsproxy;
	struct css_set		*cgroups;
	struct signal_struct	*signal;
	struct files_struct	*files;
	struct io_uring_task	*io_uring;
} LOOKED_UP;
struct bpf_iter__task { struct task_struct *task; } LOOKED_UP;
struct net { __u64 net_cookie; } LOOKED_UP;
typedef struct { struct net *net; } possible_net_t;
struct sock_common {
	__u16		 skc_num, skc_family;
	unsigned char	 skc_reuse : 4, skc_reuseport : 1;
	volatile unsigned char skc_state;
	possible_net_t	 skc_net;
} LOOKED_UP;
struct socket { struct file *file; } LOOKED_UP;
struct sock {
	struct sock_common	 __sk_common;
	struct socket		*sk_socket;
	__u16			 sk_type, sk_protocol;
	kuid_t			 sk_uid;
	__u8			 sk_userlocks : 4;
} LOOKED_UP;

struct udp_sock { __u8 encap_type; } LOOKED_UP;
#define UDP_ENCAP_RXRPC	6
struct tcp_sock { __u32 total_retrans; } LOOKED_UP;
#define TCP_SYN_SENT	2
struct net_device { char name[16]; unsigned short type; } LOOKED_UP;
struct sk_buff {
	struct sock		*sk;
	struct net_device	*dev;
	unsigned char		 encapsulation : 1;
	__u16			 protocol;
	unsigned char		*data;
	unsigned long		 _nfct;
	char			 cb[48];	/* IP's, while it has the packet: one of the next two */
} LOOKED_UP;
struct inet_skb_parm { __u16 flags; } LOOKED_UP;
#define IPSKB_XFRM_TRANSFORMED	4u
struct inet6_skb_parm { __u16 flags; } LOOKED_UP;
#define IP6SKB_XFRM_TRANSFORMED	1u
#define NFCT_INFO	7ul	/* enum ip_conntrack_info, in the low bits of _nfct */
#define NFCT_REPLY	3ul	/* from there on it is an answer's direction */

#endif
