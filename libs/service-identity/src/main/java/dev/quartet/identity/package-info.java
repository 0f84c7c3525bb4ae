/// Who a service is and who calls it: SPIFFE ids, a service's own certificate with its rotation and disk
/// cache, gRPC credentials made of it, access lists and the admin token.
/// Takes a first credential (a token) and a root certificate; gives channels and servers with mutual TLS.
@NullMarked
package dev.quartet.identity;

import org.jspecify.annotations.NullMarked;
