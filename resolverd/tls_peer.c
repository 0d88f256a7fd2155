/*
 * See tls_peer.h. Called by tls_stream.c and tls.c. The certificate is anybody's until
 * it was checked; authorities are trusted as the machine's owner does.
 */
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <netinet/in.h>

#include "sandbox.h"
#include "tls_peer.h"

#define AUTHORITIES		"/etc/ssl/certs/ca-certificates.crt"
#define AUTHORITIES_MOST	1000
#define AUTHORITIES_STEP	8	/* 2 ms; each has a key to be decoded */
#define NO_AUTHORITIES		"no certificate authorities: of servers over TLS only pinned ones are asked"
#define NO_HTTP2		"it does not speak HTTP/2"

static SSL_CTX		*tls;
static BIO		*authorities;	/* the file, as long as it is not read to its end */
static unsigned		 authorities_count;
static enum authorities	 authorities_state = AUTHORITIES_NONE;
static const uint8_t	 h2[] = { 2, 'h', '2' };	/* as RFC 7301, 3.1 has it */

/* SHA-256 of the SubjectPublicKeyInfo (RFC 7469, 2.4). */
static bool
has_key(const struct server *s, X509 *certificate)
{
	uint8_t		*der = NULL, hash[EVP_MAX_MD_SIZE];
	int		 len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	unsigned	 n = 0;
	bool		 has;

	has = len > 0 && EVP_Digest(der, (size_t)len, hash, &n, EVP_sha256(), NULL) == 1 &&
	    n == sizeof(s->pin) && memcmp(hash, s->pin, n) == 0;
	OPENSSL_free(der);
	return has;
}

/* A pinned key without a name is all there is to show (RFC 7858, 4.2); anyone shows nothing. */
static bool
needs_authority(const struct server *s)
{
	return !s->anyone && !(s->has_pin && s->name[0] == '\0');
}

/* False: the file's end, or what is no certificate. */
static bool
read_authority(X509_STORE *store)
{
	X509	*certificate = PEM_read_bio_X509(authorities, NULL, NULL, NULL);

	if (certificate == NULL)
		return false;
	authorities_count += X509_STORE_add_cert(store, certificate) == 1;
	X509_free(certificate);
	return authorities_count < AUTHORITIES_MOST;
}

static void
close_authorities(void)
{
	BIO_free_all(authorities);
	authorities = NULL;
	authorities_count = 0;
	authorities_state = AUTHORITIES_NONE;
}

static void
end_authorities(void)
{
	bool	whole = authorities_count > 0 &&
		    ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;	/* that is the file's end */

	close_authorities();
	if (whole)
		authorities_state = AUTHORITIES_READ;
	else
		log_warnx(NO_AUTHORITIES);
}

enum authorities
tls_peer_authorities(void)
{
	for (unsigned i = 0; authorities != NULL && i < AUTHORITIES_STEP; i++)
		if (!read_authority(SSL_CTX_get_cert_store(tls)))
			end_authorities();
	ERR_clear_error();	/* SSL_get_error() would take it for the handshake's */
	return authorities_state;
}

static int
verify(X509_STORE_CTX *ctx, void *arg)
{
	SSL			*ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
	const struct tls_peer	*p = SSL_get_app_data(ssl);

	(void)arg;
	if (!p->server.anyone && p->server.has_pin && !has_key(&p->server, X509_STORE_CTX_get0_cert(ctx))) {
		X509_STORE_CTX_set_error(ctx, X509_V_ERR_APPLICATION_VERIFICATION);
		return 0;
	}
	if (!needs_authority(&p->server)) {
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
		return 1;
	}
	switch (tls_peer_authorities()) {
	case AUTHORITIES_READ:
		return X509_verify_cert(ctx);
	case AUTHORITIES_MORE:	/* the loop has its turn, then it is called again */
		X509_STORE_CTX_set_error(ctx, X509_V_ERR_UNSPECIFIED);
		return SSL_set_retry_verify(ssl);
	case AUTHORITIES_NONE:	/* what was read before the fault is not trusted */
		break;
	}
	X509_STORE_CTX_set_error(ctx, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
	return 0;
}

/* Comes only after the certificate was taken. */
static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls_peer	*p = SSL_get_app_data(ssl);

	SSL_SESSION_free(p->session);
	p->session = session;
	return 1;
}

void
tls_peer_forget_session(struct tls_peer *p)
{
	SSL_SESSION_free(p->session);
	p->session = NULL;
}

static SSL_CTX *
context_new(void)
{
	SSL_CTX	*c = SSL_CTX_new(TLS_client_method());

	if (c == NULL || SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) != 1) {
		SSL_CTX_free(c);
		return NULL;
	}
	/* A message says how long it is: servers may hang up without a word, and stay resumable. */
	(void)SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
	    SSL_OP_IGNORE_UNEXPECTED_EOF);
	(void)SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(c, 1);	/* one call of the kernel for what has come */
	SSL_CTX_set_verify(c, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(c, verify, NULL);
	(void)SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(c, on_session);
	return c;
}

/* Takes the file. */
static bool
open_authorities(int file)
{
	BIO	*bio, *buffered;

	close_authorities();
	if (file == -1 && (file = open(AUTHORITIES, O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	bio = BIO_new_fd(file, BIO_CLOSE);
	buffered = BIO_new(BIO_f_buffer());
	if (bio == NULL || buffered == NULL)
		fatalx("memory for certificate authorities");
	authorities = BIO_push(buffered, bio);
	authorities_state = AUTHORITIES_MORE;
	return true;
}

int
tls_peer_init(int file)
{
	tzset();	/* certificates' times are compared by way of libc, which reads its zone once */
	SSL_CTX_free(tls);
	tls = NULL;
	if (!open_authorities(file))
		log_warnx(NO_AUTHORITIES);
	/* Reads the machine's settings, which must be now. */
	return OPENSSL_init_ssl(0, NULL) != 1 || authorities == NULL ? -1 : 0;
}

/* With the authorities it takes 2.3 MiB, which a machine whose servers speak no TLS need not spend. */
static SSL_CTX *
context(void)
{
	if (tls == NULL)
		tls = context_new();
	return tls;
}

static int
expect_address(SSL *ssl, const struct server *s)
{
	X509_VERIFY_PARAM	*v = SSL_get0_param(ssl);

	if (s->addr.ss_family == AF_INET)
		return X509_VERIFY_PARAM_set1_ip(v,
		    (const uint8_t *)&((const struct sockaddr_in *)&s->addr)->sin_addr, 4);
	return X509_VERIFY_PARAM_set1_ip(v,
	    (const uint8_t *)&((const struct sockaddr_in6 *)&s->addr)->sin6_addr, 16);
}

/* 0 is success. Of the others it is not asked: DNS over TLS has a port of its own. */
static int
offer(SSL *ssl, const struct server *s)
{
	return s->transport == TRANSPORT_HTTPS ? SSL_set_alpn_protos(ssl, h2, sizeof(h2)) : 0;
}

/* An address is not told in the greeting (RFC 6066, 3). */
static int
expect(SSL *ssl, const struct server *s)
{
	if (s->name[0] == '\0')
		return expect_address(ssl, s);
	if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), s->name) == 1)
		return 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return SSL_set1_host(ssl, s->name) == 1 && SSL_set_tlsext_host_name(ssl, s->name) == 1;
}

SSL *
tls_peer_ssl(struct tls_peer *p)
{
	SSL	*ssl = context() == NULL ? NULL : SSL_new(tls);

	if (ssl == NULL || SSL_set_app_data(ssl, p) != 1 || expect(ssl, &p->server) != 1 ||
	    offer(ssl, &p->server) != 0 ||
	    (p->session != NULL && SSL_set_session(ssl, p->session) != 1)) {
		SSL_free(ssl);
		return NULL;
	}
	SSL_set_connect_state(ssl);
	return ssl;
}

static bool
speaks(const struct server *s, const SSL *ssl)
{
	const uint8_t	*spoken;
	unsigned	 len;

	SSL_get0_alpn_selected(ssl, &spoken, &len);
	return s->transport != TRANSPORT_HTTPS || (len == sizeof(h2) - 1 && memcmp(spoken, h2 + 1, len) == 0);
}

/* Why there was no handshake; NULL: nobody may be there. */
static const char *
wrong_with(const SSL *ssl)
{
	long	result = SSL_get_verify_result(ssl);

	if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL)
		return NO_HTTP2;
	if (result == X509_V_ERR_APPLICATION_VERIFICATION)
		return "its key is not the pinned one";
	return result == X509_V_OK ? NULL : X509_verify_cert_error_string(result);
}

bool
tls_peer_met(struct tls_peer *p, const SSL *ssl, bool met)
{
	const char	*why;

	met = met && SSL_get_verify_result(ssl) == X509_V_OK;
	if (met && speaks(&p->server, ssl)) {
		p->refused = NULL;
		return true;
	}
	why = met ? NO_HTTP2 : wrong_with(ssl);
	tls_peer_forget_session(p);
	if (why == NULL)
		return false;
	if (p->refused == NULL)
		log_warnx("DNS server %s is not believed: %s", p->server.text, why);
	p->refused = why;
	return false;
}

void
tls_peer_answers(struct tls_peer *p, const char *wrong)
{
	if (wrong != NULL && p->useless == NULL)
		log_warnx("DNS server %s is of no use: %s", p->server.text, wrong);
	p->useless = wrong;
}
