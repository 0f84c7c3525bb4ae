package dev.quartet.config.authentication;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// When a Policy or the MeshPolicy is right by itself. After Istio 1.4, `validation.go` `ValidateAuthenticationPolicy`.
public final class PolicyRules {
    private static final String DEFAULT = "default";
    private static final FieldPath NAME = FieldPath.METADATA.field("name");

    private PolicyRules() {}

    public static void check(Policy spec, Problems problems) {
        var root = FieldPath.SPEC;
        var isDefault = problems.resource().name().equals(DEFAULT);
        if (isDefault && !spec.targets().isEmpty()) {
            problems.conflict(
                    root.field("targets"),
                    "the policy default holds for its whole namespace",
                    "take targets out, or give the policy another name");
        }
        if (!isDefault && spec.targets().isEmpty()) {
            problems.missing(
                    root.field("targets"),
                    "the policy has no targets, and only the one called default may have none",
                    "add targets, or call it default to make it hold for the namespace");
        }
        for (int i = 0; i < spec.targets().size(); i++) {
            target(spec.targets().get(i), root.field("targets").index(i), problems);
        }
        methods(spec.peers(), spec.origins(), problems);
    }

    public static void check(MeshPolicy spec, Problems problems) {
        if (!problems.resource().name().equals(DEFAULT)) {
            problems.invalid(
                    NAME,
                    "there is one MeshPolicy, and it is called default",
                    "write name: default, or write a Policy");
        }
        if (!spec.targets().isEmpty()) {
            problems.conflict(
                    FieldPath.SPEC.field("targets"),
                    "a MeshPolicy holds for the whole mesh",
                    "take targets out, or write a Policy");
        }
        methods(spec.peers(), spec.origins(), problems);
    }

    private static void target(Policy.Target target, FieldPath path, Problems problems) {
        Values.dnsLabel(problems, path.field("name"), target.name());
        Values.labels(problems, path.field("labels"), target.labels());
        for (int i = 0; i < target.ports().size(); i++) {
            var port = target.ports().get(i);
            var inner = path.field("ports").index(i);
            if (port.number() == null && port.name() == null) {
                problems.missing(inner, "the port is empty", "add number or name");
            }
            Values.port(problems, inner.field("number"), port.number());
            Values.dnsLabel(problems, inner.field("name"), port.name());
        }
    }

    private static void methods(
            List<PeerMethod> peers, List<OriginMethod> origins, Problems problems) {
        var issuers = new HashMap<String, FieldPath>();
        for (int i = 0; i < peers.size(); i++) {
            var peer = peers.get(i);
            var path = FieldPath.SPEC.field("peers").index(i);
            if (peer.mtls() == null && peer.jwt() == null) {
                problems.missing(path, "the method is empty", "write mtls: {}");
            }
            if (peer.jwt() != null) {
                issuer(peer.jwt(), path.field("jwt"), issuers, problems);
            }
        }
        for (int i = 0; i < origins.size(); i++) {
            var jwt = origins.get(i).jwt();
            var path = FieldPath.SPEC.field("origins").index(i);
            if (jwt == null) {
                problems.missing(path, "the method is empty", "add jwt, with issuer and jwksUri");
            } else {
                issuer(jwt, path.field("jwt"), issuers, problems);
            }
        }
    }

    private static void issuer(
            Jwt jwt, FieldPath path, Map<String, FieldPath> issuers, Problems problems) {
        var earlier = issuers.putIfAbsent(jwt.issuer(), path);
        if (earlier != null) {
            problems.invalid(
                    path.field("issuer"),
                    "the issuer " + quoted(jwt.issuer()) + " stands in " + earlier + " already",
                    "keep one of them");
        }
        JwtRules.audiences(jwt.audiences(), path.field("audiences"), problems);
        JwtRules.issuer(jwt.issuer(), path.field("issuer"), problems);
        JwtRules.keys(jwt.jwksUri(), jwt.jwks(), path, problems);
        for (int i = 0; i < jwt.jwtHeaders().size(); i++) {
            Values.headerName(problems, path.field("jwtHeaders").index(i), jwt.jwtHeaders().get(i));
        }
        JwtRules.places(jwt.jwtParams(), path.field("jwtParams"), problems);
        for (int i = 0; i < jwt.triggerRules().size(); i++) {
            var rule = jwt.triggerRules().get(i);
            var inner = path.field("triggerRules").index(i);
            paths(rule.excludedPaths(), inner.field("excludedPaths"), problems);
            paths(rule.includedPaths(), inner.field("includedPaths"), problems);
        }
    }

    private static void paths(List<Jwt.PathMatch> matches, FieldPath path, Problems problems) {
        for (int i = 0; i < matches.size(); i++) {
            var match = matches.get(i);
            if (match.exact() == null
                    && match.prefix() == null
                    && match.suffix() == null
                    && match.regex() == null) {
                problems.missing(
                        path.index(i), "the match is empty", "add exact, prefix, suffix or regex");
            }
            plain(match.exact(), path.index(i).field("exact"), problems);
            plain(match.prefix(), path.index(i).field("prefix"), problems);
            plain(match.suffix(), path.index(i).field("suffix"), problems);
            Values.regex(problems, path.index(i).field("regex"), match.regex());
        }
    }

    private static void plain(@Nullable String text, FieldPath path, Problems problems) {
        if (text != null && (text.indexOf('?') >= 0 || text.indexOf('#') >= 0)) {
            problems.invalid(
                    path,
                    quoted(text) + " is no path: ? and # begin what is not compared",
                    "write what stands before them");
        }
    }
}
