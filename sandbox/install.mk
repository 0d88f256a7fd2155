# run, install, uninstall: what puts the suite on a machine and takes it away.
SBINDIR	:= $(PREFIX)/sbin
BINDIR	:= $(PREFIX)/bin
LIBEXEC	:= $(PREFIX)/libexec/bulwark
SHARE	:= $(PREFIX)/share/bulwark
MANDIR	:= $(PREFIX)/share/man
UNITDIR	:= $(PREFIX)/lib/systemd/system
SYSUSERS := $(PREFIX)/lib/sysusers.d
MODULES	:= $(PREFIX)/lib/modules-load.d
HELPERS	:= intercept whod bulwark-setup policyd resolverd uid
MAN	= $(wildcard docs/man/*.[1578])

# A make that is told to end, or killed, takes the script along: it stops the suite in order.
run: ## run the suite in this network namespace until Ctrl-C (root)
	$(Q)[ "$$(id -u)" = 0 ] || { echo 'run: needs root: sudo make run' >&2; exit 1; }
	$(Q)tests/deps build
	$(Q)$(MAKE) --no-print-directory all
	$(Q)VARIANT=$(VARIANT) exec setpriv --pdeathsig TERM sandbox/run.sh

install: all ## install below DESTDIR and PREFIX; without DESTDIR also creates the users
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXEC) \
	    $(DESTDIR)$(SHARE)/profiles $(DESTDIR)$(SHARE)/geo $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERS) \
	    $(DESTDIR)/etc/bulwark/profiles
	install $(B)/bin/bulwarkd $(DESTDIR)$(SBINDIR)/
	install $(B)/bin/bulwarkctl $(DESTDIR)$(BINDIR)/
	install $(HELPERS:%=$(B)/bin/%) $(DESTDIR)$(LIBEXEC)/
	install -m 644 policyd/profiles/*.conf $(DESTDIR)$(SHARE)/profiles/
	install -m 644 policyd/geo/SOURCES $(GEO) $(DESTDIR)$(SHARE)/geo/
	test -e $(DESTDIR)/etc/bulwark/bulwarkd.conf || \
	    install -m 644 sandbox/bulwarkd.conf $(DESTDIR)/etc/bulwark/
	install -D -m 644 uid/ctl/completion/bulwarkctl.bash \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/bulwarkctl
	install -D -m 644 uid/ctl/completion/_bulwarkctl \
	    $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_bulwarkctl
	for page in $(MAN); do \
	    install -D -m 644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/} || exit 1; \
	done
	sed 's,@SBINDIR@,$(SBINDIR),;s,@LIBEXEC@,$(LIBEXEC),;s,@SHARE@,$(SHARE),' sandbox/bulwark.service.in \
	    >$(DESTDIR)$(UNITDIR)/bulwark.service
	chmod 644 $(DESTDIR)$(UNITDIR)/bulwark.service
	install -D -m 644 sandbox/bulwark.modules $(DESTDIR)$(MODULES)/bulwark.conf
	install -m 644 sandbox/bulwark.sysusers $(DESTDIR)$(SYSUSERS)/bulwark.conf
	test -n "$(DESTDIR)" || sandbox/users.sh $(SYSUSERS)/bulwark.conf

uninstall: ## remove what install put there; configuration, state and users stay
	rm -f $(DESTDIR)$(SBINDIR)/bulwarkd $(DESTDIR)$(BINDIR)/bulwarkctl \
	    $(DESTDIR)$(UNITDIR)/bulwark.service $(DESTDIR)$(SYSUSERS)/bulwark.conf \
	    $(DESTDIR)$(MODULES)/bulwark.conf
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/bulwarkctl \
	    $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_bulwarkctl
	rm -rf $(DESTDIR)$(LIBEXEC) $(DESTDIR)$(SHARE)
	rm -f $(foreach page,$(MAN),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))

.PHONY: run install uninstall

include tests/sandbox/sandbox.mk
