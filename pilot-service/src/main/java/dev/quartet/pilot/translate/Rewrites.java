package dev.quartet.pilot.translate;

import dev.quartet.config.networking.HttpMatchRequest;
import dev.quartet.config.networking.HttpRewrite;
import dev.quartet.config.networking.RegexRewrite;
import dev.quartet.config.networking.StringMatch;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What the service sees instead of the request's path and host.
final class Rewrites {
    /// `rewrite.uri` of `/` would leave two slashes of `/reviews/1` where the prefix is `/reviews`.
    private static final String ROOT = "/";

    private static final Pattern REGEX_SIGNS = Pattern.compile("[\\\\.+*?()|\\[\\]{}^$]");

    private Rewrites() {}

    static void apply(
            RouteAction.Builder action, HttpRewrite rewrite, @Nullable HttpMatchRequest match) {
        if (rewrite.authority() != null) {
            action.setHostRewriteLiteral(rewrite.authority());
        }
        if (rewrite.uriRegexRewrite() != null) {
            action.setRegexRewrite(regex(rewrite.uriRegexRewrite()));
        } else if (rewrite.uri() != null) {
            path(action, rewrite.uri(), match == null ? null : match.uri());
        }
    }

    private static void path(RouteAction.Builder action, String uri, @Nullable StringMatch match) {
        if (match instanceof StringMatch.Regex) {
            action.setRegexRewrite(regex(new RegexRewrite("^[^?]*", uri.replace("\\", "\\\\"))));
        } else if (match instanceof StringMatch.Prefix(var prefix)
                && uri.equals(ROOT)
                && !prefix.endsWith(ROOT)) {
            var literal = REGEX_SIGNS.matcher(prefix).replaceAll("\\\\$0");
            action.setRegexRewrite(regex(new RegexRewrite("^" + literal + "/?(.*)", "/\\1")));
        } else {
            action.setPrefixRewrite(uri);
        }
    }

    private static RegexMatchAndSubstitute regex(RegexRewrite rewrite) {
        return RegexMatchAndSubstitute.newBuilder()
                .setPattern(Envoy.regex(rewrite.match()))
                .setSubstitution(rewrite.rewrite())
                .build();
    }
}
