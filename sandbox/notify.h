/*
 * What the service manager wants to hear (sd_notify(3)); nothing without one.
 */
#ifndef SANDBOX_NOTIFY_H
#define SANDBOX_NOTIFY_H

/* Once, at start: reads the environment, opens the socket. */
void	notify_init(void);
void	notify_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
