package dev.quartet.pilot.traffic;

import dev.quartet.config.Tree;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// AuthorizationPolicies and requests of chance, of so few words that they often meet. The same seed gives the same.
final class AccessTable {
    static final int[] PORTS = {17171, 17172};
    static final String ISSUER = "https://issuer.example.org";

    /// Values by field of a source, its `not…` having the same.
    private static final Map<String, List<String>> SOURCES = sources();

    private static final Map<String, List<String>> OPERATIONS = operations();
    private static final Map<String, List<String>> CONDITIONS = conditions();

    private static final List<String> CALLERS =
            List.of(
                    "",
                    "cluster.local/ns/shop/sa/storefront",
                    "cluster.local/ns/shop/sa/admin",
                    "cluster.local/ns/other/sa/storefront",
                    "old.example.org/ns/shop/sa/storefront",
                    "cluster.local/ns/shop/sa/xstore.front",
                    "cluster.local/ns/shop-2/sa/reviews");
    private static final List<String> PATHS =
            List.of(
                    "/",
                    "/public/a",
                    "//public/a",
                    "/public/../admin",
                    "/public/..%2fadmin",
                    "/public/%2e%2e/admin",
                    "/public;x/a",
                    "/public/..;/admin",
                    "/public/%2e.;/admin",
                    "/admin",
                    "/ADMIN",
                    "/%61dmin",
                    "/%5Cadmin",
                    "/\\admin",
                    "/admin;v=1",
                    "/admin/users?q=/public/",
                    "/admin/%75sers",
                    "/a%21b",
                    "/a!b",
                    "/a%zz",
                    "/a%00",
                    "/a#b",
                    "/info.html",
                    "/info.HTML",
                    "/admin;.html");
    private static final List<String> HOSTS =
            List.of(
                    "shop.example.org",
                    "SHOP.example.org",
                    "shop.example.org.",
                    "shop.example.org:8080",
                    "shop.example.org:x",
                    "u@shop.example.org",
                    "admin.example.org",
                    "xshop.example.org");
    private static final List<List<String>> HEADERS =
            List.of(
                    List.of(),
                    List.of("a"),
                    List.of("b"),
                    List.of("a", "b"),
                    List.of("b, a ,c"),
                    List.of("a,a"),
                    List.of(""),
                    List.of("v1.2"),
                    List.of("v1.2", "x"));
    private static final List<String> ADDRESSES = List.of("127.0.0.1", "127.0.7.41", "127.0.7.42");
    private static final List<String> CLIENTS =
            List.of("", "198.51.100.7", "203.0.113.9, 10.1.1.1");

    private AccessTable() {}

    private static Map<String, List<String>> sources() {
        var fields = new LinkedHashMap<String, List<String>>();
        fields.put(
                "rincipals",
                List.of(
                        "*",
                        "cluster.local/ns/shop/sa/storefront",
                        "cluster.local/ns/shop/*",
                        "*/sa/storefront",
                        "cluster.local/ns/shop/sa/.store.front"));
        fields.put("requestPrincipals", principals());
        fields.put("namespaces", List.of("shop", "sh*", "*-2", "*"));
        fields.put("ipBlocks", List.of("127.0.0.1", "127.0.7.0/24", "10.0.0.0/8"));
        fields.put("remoteIpBlocks", List.of("198.51.100.0/24", "127.0.0.0/8", "10.1.1.1"));
        return fields;
    }

    private static List<String> principals() {
        return List.of("*", ISSUER + "/ann", ISSUER + "/*", "*/bob", "*org/ann", "https://x/ann");
    }

    private static Map<String, List<String>> operations() {
        var fields = new LinkedHashMap<String, List<String>>();
        fields.put(
                "hosts",
                List.of(
                        "*",
                        "shop.example.org",
                        "Shop.*",
                        "*.example.org",
                        "admin.example.org:80"));
        fields.put("ports", List.of("17171", "17172", "1"));
        fields.put("methods", List.of("*", "GET", "P*", "*T", "DELETE"));
        fields.put(
                "paths",
                List.of("*", "/admin", "/admin*", "/public/*", "*.html", "/a!b", "/a%21b"));
        return fields;
    }

    private static Map<String, List<String>> conditions() {
        var keys = new LinkedHashMap<String, List<String>>();
        keys.put("source.ip", List.of("127.0.0.1", "127.0.7.0/24"));
        keys.put("remote.ip", List.of("198.51.100.7", "127.0.0.0/8"));
        keys.put("source.namespace", List.of("shop", "*", "oth*"));
        keys.put("source.principal", List.of("*", "cluster.local/ns/shop/sa/storefront"));
        keys.put("request.auth.principal", principals());
        keys.put("request.auth.audiences", List.of("*", "shop", "ad*"));
        keys.put("request.auth.presenter", List.of("*", "web"));
        keys.put("request.auth.claims[groups]", List.of("*", "buyers", "*ers"));
        keys.put("request.auth.claims[realm][level]", List.of("7", "true", "gold"));
        keys.put("request.headers[X-A]", List.of("*", "a", "v1*", "*c"));
        keys.put("request.headers[host]", List.of("shop.example.org"));
        keys.put("destination.ip", List.of("127.0.7.0/24", "10.0.0.0/8"));
        keys.put("destination.port", List.of("17171", "1"));
        keys.put("connection.sni", List.of("*", "reviews.example.org", "*.example.org"));
        keys.put("experimental.envoy.filters.network.mysql_proxy[db.table]", List.of("*", "a"));
        return keys;
    }

    /// What a random policy may name, as `Source.notIpBlocks` or `when.source.ip.notValues`.
    static List<String> names() {
        var names = new ArrayList<String>();
        SOURCES.keySet().forEach(it -> names.addAll(List.of(field(it, false), field(it, true))));
        OPERATIONS.keySet().forEach(it -> names.addAll(List.of(field(it, false), field(it, true))));
        CONDITIONS.keySet().forEach(it -> names.addAll(List.of(it + ".values", it + ".notValues")));
        return names;
    }

    private static String field(String name, boolean negated) {
        var whole = name.equals("rincipals") ? "principals" : name;
        return negated
                ? "not" + Character.toUpperCase(whole.charAt(0)) + whole.substring(1)
                : whole;
    }

    /// @param yaml of AuthorizationPolicies
    /// @param used what they name
    record Policies(String yaml, List<String> used) {}

    static Policies policies(Random random) {
        var yaml = new StringBuilder();
        var used = new ArrayList<String>();
        for (var number = random.nextInt(3) + 1; number > 0; number--) {
            var action = pick(random, List.of("ALLOW", "ALLOW", "DENY", "AUDIT"));
            var tried = random.nextInt(6) == 0;
            yaml.append(
                    """
                    ---
                    apiVersion: security.istio.io/v1
                    kind: AuthorizationPolicy
                    metadata: {name: p%d, namespace: %s%s}
                    spec:
                      action: %s
                      rules:
                    """
                            .formatted(
                                    number,
                                    random.nextInt(4) == 0 ? "istio-system" : "shop",
                                    tried ? ", annotations: {istio.io/dry-run: \"true\"}" : "",
                                    action));
            for (var rule = random.nextInt(3) + 1; rule > 0; rule--) {
                yaml.append("  - ").append(rule(random, used)).append('\n');
            }
        }
        return new Policies(yaml.toString(), used);
    }

    private static String rule(Random random, List<String> used) {
        var parts = new ArrayList<String>();
        if (random.nextInt(3) > 0) {
            parts.add("from: [" + many(random, "source", SOURCES, used) + "]");
        }
        if (random.nextInt(3) > 0) {
            parts.add("to: [" + many(random, "operation", OPERATIONS, used) + "]");
        }
        if (random.nextInt(3) > 0) {
            var conditions = new ArrayList<String>();
            for (var number = random.nextInt(2) + 1; number > 0; number--) {
                var key = pick(random, List.copyOf(CONDITIONS.keySet()));
                var negated = random.nextBoolean();
                used.add(key + (negated ? ".notValues" : ".values"));
                conditions.add(
                        "{key: \"%s\", %s: %s}"
                                .formatted(
                                        key,
                                        negated ? "notValues" : "values",
                                        values(random, CONDITIONS.getOrDefault(key, List.of()))));
            }
            parts.add("when: [" + String.join(", ", conditions) + "]");
        }
        return "{" + String.join(", ", parts) + "}";
    }

    private static String many(
            Random random, String name, Map<String, List<String>> fields, List<String> used) {
        var all = new ArrayList<String>();
        for (var number = random.nextInt(2) + 1; number > 0; number--) {
            var set = new TreeMap<String, String>();
            for (var more = random.nextInt(2) + 1; more > 0; more--) {
                var of = pick(random, List.copyOf(fields.keySet()));
                var field = field(of, random.nextInt(3) == 0);
                used.add(field);
                set.put(field, values(random, fields.getOrDefault(of, List.of())));
            }
            var text = new ArrayList<String>();
            set.forEach((field, values) -> text.add(field + ": " + values));
            all.add("{" + name + ": {" + String.join(", ", text) + "}}");
        }
        return String.join(", ", all);
    }

    private static String values(Random random, List<String> of) {
        var values = new ArrayList<String>();
        for (var number = random.nextInt(2) + 1; number > 0; number--) {
            values.add("\"" + pick(random, of) + "\"");
        }
        return "[" + String.join(", ", values) + "]";
    }

    private static <T> T pick(Random random, List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    /// @param caller its SPIFFE id without the scheme; empty: plaintext
    /// @param sni empty: none
    /// @param forwardedFor empty: no such header
    /// @param token empty: none
    record Sent(
            String caller,
            String address,
            int port,
            String sni,
            String method,
            String host,
            String path,
            List<String> header,
            String forwardedFor,
            String token) {}

    /// One that nothing depends on but its path.
    static Sent plain(int port, String path) {
        return new Sent(
                "", "127.0.0.1", port, "", "GET", "shop.example.org", path, List.of(), "", "");
    }

    static Sent request(Random random) {
        var caller = pick(random, CALLERS);
        return new Sent(
                caller,
                pick(random, ADDRESSES),
                PORTS[random.nextInt(PORTS.length)],
                caller.isEmpty() ? "" : pick(random, List.of("", "reviews.example.org", "b.org")),
                pick(random, List.of("GET", "GET", "PUT", "DELETE", "POST")),
                pick(random, HOSTS),
                pick(random, PATHS),
                pick(random, HEADERS),
                pick(random, CLIENTS),
                pick(random, List.of("", "ann", "bob")));
    }

    /// The claims of the tokens, by name.
    static Tree.Fields claims(String token) {
        var claims = new TreeMap<String, Tree>();
        claims.put("iss", new Tree.Text(ISSUER));
        claims.put("sub", new Tree.Text(token));
        claims.put("exp", new Tree.Num(new BigDecimal("4102444800")));
        if (token.equals("ann")) {
            claims.put("aud", new Tree.Items(List.of(new Tree.Text("shop"), new Tree.Text("x"))));
            claims.put("azp", new Tree.Text("web"));
            claims.put("groups", new Tree.Text("buyers"));
            claims.put("realm", new Tree.Fields(Map.of("level", Tree.Num.of(7))));
        } else {
            claims.put("aud", new Tree.Text("admin"));
            claims.put(
                    "groups",
                    new Tree.Items(List.of(new Tree.Text("sellers"), new Tree.Text("x"))));
            claims.put("realm", new Tree.Fields(Map.of("level", new Tree.Bool(true))));
        }
        return new Tree.Fields(claims);
    }
}
