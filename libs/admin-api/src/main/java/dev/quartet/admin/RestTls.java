package dev.quartet.admin;

import javax.net.ssl.SSLContext;

/// What the REST port shows with `quartet.admin.tls.from-identity`: the service's own certificate, by default that of
/// its `ServiceIdentity`.
public record RestTls(SSLContext context) {}
