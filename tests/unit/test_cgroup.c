/*
 * What paths of cgroups say.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "cgroup.h"

#define ID	"3f2a9c0d1e5b3f2a9c0d1e5b3f2a9c0d1e5b3f2a9c0d1e5b3f2a9c0d1e5bbeef"
#define INSIDE	"deadbeef1e5b3f2a9c0d1e5b3f2a9c0d1e5b3f2a9c0d1e5b3f2a9c0d1e5bbeef"

/* named: so far the path goes that names it, then comes the rest. */
static const struct { const char *named, *rest, *container; } containers[] = {
	{ "/system.slice/docker-" ID ".scope", "", "docker/3f2a9c0d1e5b" },
	{ "/docker/" ID, "", "docker/3f2a9c0d1e5b" },
	{ "/docker/" ID, "/docker/" INSIDE, "docker/3f2a9c0d1e5b" },
	{ "/machine.slice/libpod-" ID ".scope", "/container", "podman/3f2a9c0d1e5b" },
	{ "/libpod_parent/libpod-" ID, "", "podman/3f2a9c0d1e5b" },
	{ "/system.slice/web.service/libpod-payload-" ID, "", "podman/3f2a9c0d1e5b" },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope", "/container",
	    "podman/3f2a9c0d1e5b" },
	{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/crio-" ID ".scope", "",
	    "crio/3f2a9c0d1e5b" },
	{ "/kubepods.slice/kubepods-pod1_2.slice/cri-containerd-" ID ".scope", "", "containerd/3f2a9c0d1e5b" },
	{ "/system.slice/nerdctl-" ID ".scope", "", "containerd/3f2a9c0d1e5b" },
	{ "/kubepods/burstable/pod12-34/" ID, "", "kubernetes/3f2a9c0d1e5b" },
	{ "/lxc.payload.web", "/system.slice/docker-" ID ".scope", "lxc/web" },
	{ "/lxc/web.1", "/ns", "lxc/web.1" },
	{ "/machine.slice/machine-web\\x2dshop.scope", "/payload", "machine/web-shop" },
	{ "/machine.slice/systemd-nspawn@web.service", "/payload", "machine/web" },
};

static const char *const others[] = {
	"", "/", "/system.slice/docker.service", "/system.slice/docker-3f2a9c0d1e5b.scope",
	"/system.slice/docker-" ID "0.scope", "/system.slice/docker-" ID, "/system.slice/xdocker-" ID ".scope",
	"/docker", "/docker/", "/docker/x" ID, "/docker/" ID "0", "/" ID, "/xdocker/" ID,
	"/machine.slice/libpod-conmon-" ID ".scope", "/lxc.monitor.web", "/lxc.payload.", "/lxc",
	"/lxc.payload.a b", "/lxc.payload.a\"b", "/lxc.payload.a\\x0a", "/machine.slice/machine-.scope",
	"/system.slice/machine-web.scope", "/user.slice/user-1000.slice/session-1.scope",
	"/system.slice/docker-3F2A9C0D1E5B3F2A9C0D1E5B3F2A9C0D1E5B3F2A9C0D1E5B3F2A9C0D1E5BBEEF.scope",
};

Test(cgroup, containers)
{
	for (size_t i = 0; i < sizeof containers / sizeof containers[0]; i++) {
		char path[600], name[200];
		struct cgroup_container c;

		(void)snprintf(path, sizeof path, "%s%s", containers[i].named, containers[i].rest);
		cr_assert(cgroup_container(path, &c), "%s", path);
		(void)snprintf(name, sizeof name, "%s/%s", c.engine, c.name);
		cr_expect_str_eq(name, containers[i].container);
		cr_expect_eq(c.end, strlen(containers[i].named), "%s: %zu", path, c.end);
		cr_expect(cgroup_container_known(name), "%s", name);
		cr_expect(cgroup_container_known(c.engine));
	}
}

Test(cgroup, no_containers)
{
	struct cgroup_container c;
	char path[400];

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		cr_expect(!cgroup_container(others[i], &c), "%s is %s/%s", others[i], c.engine, c.name);
	(void)snprintf(path, sizeof path, "/lxc.payload.%0*d", CONTAINER_BYTES, 1);
	cr_expect(!cgroup_container(path, &c));
	(void)snprintf(path, sizeof path, "/lxc.payload.%0*d", CONTAINER_BYTES - 1, 1);
	cr_expect(cgroup_container(path, &c));
}

Test(cgroup, known)
{
	static const char *const no[] = { "", "web", "docker/", "docker/web", "docker/3f2a9c0d1e5", "docker/3f2a9c0d1e5b0",
		"docker/3F2A9C0D1E5B", "dockerx", "lxc/", "lxc/a b", "machine/a\\x2db", "lxc/a/b", "rkt/web" };
	static const char *const yes[] = { "docker", "docker/3f2a9c0d1e5b", "lxc/web", "machine/web-shop", "machine" };

	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		cr_expect(!cgroup_container_known(no[i]), "%s", no[i]);
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		cr_expect(cgroup_container_known(yes[i]), "%s", yes[i]);
}

static const struct { const char *path, *unit; } units[] = {
	{ "/system.slice/cron.service", "cron.service" },
	{ "/system.slice/system-getty.slice/getty@tty1.service/x", "getty@tty1.service" },
	{ "/user.slice/user-1000.slice/session-2.scope", "session-2.scope" },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.service", "app-x.service" },
	{ "/user.slice/user-1000.slice/user@1000.service", "user@1000.service" },
	{ "/user.slice/user-1000.slice/user@1000.service/x", "user@1000.service" },
	{ "/machine.slice/machine-web.scope/payload/system.slice/cron.service", "machine-web.scope" },
	{ "/", "" }, { "", "" }, { "/docker/" ID, "" }, { "/system.slice", "" },
};

Test(cgroup, units)
{
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		struct cgroup_part p = cgroup_unit(units[i].path);

		cr_expect(p.len == strlen(units[i].unit) && memcmp(p.text, units[i].unit, p.len) == 0, "%s: %.*s",
		    units[i].path, (int)p.len, p.text);
	}
}
