/*
 * See varlink_text.h. Of systemd's interface the part that is served here.
 */
#include "varlink_text.h"

const char	varlink_resolve_text[] =
	"interface io.systemd.Resolve\n\n"
	"type ResolvedAddress(ifindex: ?int, family: int, address: []int)\n\n"
	"type ResolvedName(ifindex: ?int, name: string)\n\n"
	"method ResolveHostname(ifindex: ?int, name: string, family: ?int, flags: ?int)"
	" -> (addresses: []ResolvedAddress, name: string, flags: int)\n\n"
	"method ResolveAddress(ifindex: ?int, family: int, address: []int, flags: ?int)"
	" -> (names: []ResolvedName, flags: int)\n\n"
	"error NoNameServers()\n\n"
	"error NoSuchResourceRecord()\n\n"
	"error QueryTimedOut()\n\n"
	"error DNSSECValidationFailed(result: string)\n\n"
	"error DNSError(rcode: int)\n";

const char	varlink_service_text[] =
	"interface org.varlink.service\n\n"
	"method GetInfo() -> (vendor: string, product: string, version: string, url: string,"
	" interfaces: []string)\n\n"
	"method GetInterfaceDescription(interface: string) -> (description: string)\n\n"
	"error InterfaceNotFound(interface: string)\n\n"
	"error MethodNotFound(method: string)\n\n"
	"error InvalidParameter(parameter: string)\n";

size_t
varlink_write(json_t *reply, char *to, size_t size)
{
	size_t	len = reply == NULL || size == 0 ? 0 : json_dumpb(reply, to, size - 1, JSON_COMPACT);

	json_decref(reply);
	if (len == 0 || len > size - 1)
		return 0;
	to[len] = '\0';
	return len + 1;
}
