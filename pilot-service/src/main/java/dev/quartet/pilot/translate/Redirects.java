package dev.quartet.pilot.translate;

import dev.quartet.config.networking.HttpRedirect;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;

/// Redirects to the same request elsewhere.
final class Redirects {
    /// In a redirect's `uri`: what the request has instead of the matched prefix stays.
    private static final String PREFIX = "%PREFIX()%";

    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    private Redirects() {}

    /// @param port of the listener that the request came to
    static RedirectAction of(HttpRedirect redirect, int port) {
        var action = RedirectAction.newBuilder();
        if (redirect.authority() != null) {
            action.setHostRedirect(redirect.authority());
        }
        var uri = redirect.uri();
        if (uri != null && uri.startsWith(PREFIX)) {
            action.setPrefixRewrite(uri.substring(PREFIX.length()));
        } else if (uri != null) {
            action.setPathRedirect(uri);
        }
        if (redirect.scheme() != null) {
            action.setSchemeRedirect(redirect.scheme());
        }
        if (redirect.port() != null) {
            action.setPortRedirect(redirect.port());
        } else if (redirect.derivePort() != null) {
            action.setPortRedirect(
                    switch (redirect.derivePort()) {
                        case FROM_PROTOCOL_DEFAULT ->
                                "https".equals(redirect.scheme()) ? HTTPS_PORT : HTTP_PORT;
                        case FROM_REQUEST_PORT -> port;
                    });
        }
        var code = redirect.redirectCode();
        return action.setResponseCode(
                        switch (code == null ? 301 : code) {
                            case 302 -> RedirectAction.RedirectResponseCode.FOUND;
                            case 303 -> RedirectAction.RedirectResponseCode.SEE_OTHER;
                            case 307 -> RedirectAction.RedirectResponseCode.TEMPORARY_REDIRECT;
                            case 308 -> RedirectAction.RedirectResponseCode.PERMANENT_REDIRECT;
                            default -> RedirectAction.RedirectResponseCode.MOVED_PERMANENTLY;
                        })
                .build();
    }
}
