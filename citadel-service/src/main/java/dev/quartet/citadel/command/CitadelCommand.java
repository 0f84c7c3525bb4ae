package dev.quartet.citadel.command;

import dev.quartet.citadel.root.RootAuthority;
import dev.quartet.citadel.token.TokenAuthority;
import dev.quartet.citadel.token.TokenRefresher;
import dev.quartet.citadel.token.TrustFolder;
import dev.quartet.identity.PrivateFiles;
import dev.quartet.identity.SpiffeId;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/// `token create`, `token refresh` and `init-trust`. Exit codes: 0 done, 1 could not be done, 2 asked wrongly.
public final class CitadelCommand {

    private static final String USAGE =
            """
            usage: citadel token create  --state-dir DIR --sa NAMESPACE/NAME [--ttl 30d] [--out FILE]
                   citadel token refresh --state-dir DIR --dir TRUST_DIR [--once]
                   citadel init-trust    --state-dir DIR --out TRUST_DIR --sa NAMESPACE/NAME[:UID] ... [--ttl 30d] [--root-cert FILE]
                   each also takes --trust-domain (cluster.local)
            """;
    private static final Set<String> COMMANDS = Set.of("token", "init-trust");
    private static final Pattern DURATION = Pattern.compile("([1-9]\\d{0,8})(s|m|h|d)");
    private static final Set<String> FLAGS = Set.of("once");

    private final PrintStream out;
    private final PrintStream err;
    private final Clock clock;

    public CitadelCommand(PrintStream out, PrintStream err, Clock clock) {
        this.out = out;
        this.err = err;
        this.clock = clock;
    }

    /// Whether these are a command's arguments and not Spring's.
    public static boolean handles(String... arguments) {
        return arguments.length > 0 && COMMANDS.contains(arguments[0]);
    }

    private static final class UsageException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private UsageException(String message) {
            super(message);
        }
    }

    /// @return the exit code
    public int run(String... arguments) {
        try {
            var words = new ArrayList<>(List.of(arguments));
            var name = words.removeFirst();
            if (name.equals("token")) {
                name = words.isEmpty() ? "token" : "token " + words.removeFirst();
            }
            switch (name) {
                case "token create" ->
                        createToken(
                                options(
                                        words,
                                        Set.of("state-dir", "trust-domain", "sa", "ttl", "out")));
                case "token refresh" ->
                        refreshTokens(
                                options(words, Set.of("state-dir", "trust-domain", "dir", "once")));
                case "init-trust" ->
                        initTrust(
                                options(
                                        words,
                                        Set.of(
                                                "state-dir",
                                                "trust-domain",
                                                "out",
                                                "sa",
                                                "ttl",
                                                "root-cert")));
                default -> throw new UsageException("there is no command \"" + name + "\"");
            }
            return 0;
        } catch (UsageException | IllegalArgumentException e) {
            err.println("citadel: " + e.getMessage());
            err.print(USAGE);
            return 2;
        } catch (IOException e) {
            err.println("citadel: " + (e.getMessage() == null ? e.toString() : e.getMessage()));
            return 1;
        }
    }

    private void createToken(Map<String, List<String>> options) throws IOException {
        var id = SpiffeId.ofAccount(trustDomain(options), one(options, "sa"));
        var token = tokens(options).mint(id, ttl(options));
        var file = options.get("out");
        if (file == null) {
            out.println(token.value());
        } else {
            token.write(Path.of(file.getFirst()));
        }
    }

    private void refreshTokens(Map<String, List<String>> options) throws IOException {
        var folder = new TrustFolder(Path.of(one(options, "dir")), tokens(options), clock);
        if (!options.containsKey("once")) {
            try (var refresher = new TokenRefresher(folder)) {
                refresher.run();
            }
            return;
        }
        for (var outcome : folder.refresh()) {
            switch (outcome) {
                case TrustFolder.Outcome.Rewritten(var file, var subject) ->
                        out.println("rewritten " + file);
                case TrustFolder.Outcome.StillFresh(var file) -> out.println("fresh " + file);
                case TrustFolder.Outcome.Skipped(var file, var reason) ->
                        err.println("skipped " + file + ": " + reason);
            }
        }
    }

    private record Account(SpiffeId id, OptionalInt owner) {}

    private void initTrust(Map<String, List<String>> options) throws IOException {
        var accounts = new ArrayList<Account>();
        for (var account : all(options, "sa")) {
            var colon = account.indexOf(':');
            var owner =
                    colon < 0
                            ? OptionalInt.empty()
                            : OptionalInt.of(uid(account.substring(colon + 1)));
            accounts.add(
                    new Account(
                            SpiffeId.ofAccount(
                                    trustDomain(options),
                                    colon < 0 ? account : account.substring(0, colon)),
                            owner));
        }
        var life = ttl(options);
        var root = RootAuthority.loadOrCreate(stateDir(options), trustDomain(options), clock);
        var folder = new TrustFolder(Path.of(one(options, "out")), tokens(options), clock);
        for (var account : accounts) {
            folder.write(account.id(), life, root.pem(), account.owner());
        }
        for (var file : options.getOrDefault("root-cert", List.of())) {
            PrivateFiles.writePublic(Path.of(file), root.pem());
        }
    }

    private TokenAuthority tokens(Map<String, List<String>> options) throws IOException {
        return TokenAuthority.loadOrCreate(stateDir(options), trustDomain(options), clock);
    }

    private static Path stateDir(Map<String, List<String>> options) {
        return Path.of(one(options, "state-dir"));
    }

    private static String trustDomain(Map<String, List<String>> options) {
        return options.getOrDefault("trust-domain", List.of("cluster.local")).getLast();
    }

    private static Duration ttl(Map<String, List<String>> options) {
        var text = options.getOrDefault("ttl", List.of("30d")).getLast();
        var matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new UsageException(
                    "--ttl \"" + text + "\" is no time; write 30d, 12h, 15m or 60s");
        }
        var amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    private static int uid(String text) {
        try {
            var uid = Integer.parseInt(text);
            if (uid >= 0) {
                return uid;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new UsageException("\"" + text + "\" is no numeric user id");
    }

    private static String one(Map<String, List<String>> options, String name) {
        return all(options, name).getLast();
    }

    private static List<String> all(Map<String, List<String>> options, String name) {
        var values = options.get(name);
        if (values == null) {
            throw new UsageException("--" + name + " is missing");
        }
        return values;
    }

    private static Map<String, List<String>> options(List<String> words, Set<String> known) {
        var options = new LinkedHashMap<String, List<String>>();
        for (var i = 0; i < words.size(); i++) {
            var word = words.get(i);
            var equals = word.indexOf('=');
            var name =
                    word.startsWith("--")
                            ? word.substring(2, equals < 0 ? word.length() : equals)
                            : "";
            if (!known.contains(name)) {
                throw new UsageException("\"" + word + "\" is no option of this command");
            }
            var values = options.computeIfAbsent(name, key -> new ArrayList<>());
            if (FLAGS.contains(name)) {
                continue;
            }
            if (equals >= 0) {
                values.add(word.substring(equals + 1));
            } else if (i + 1 < words.size()) {
                values.add(words.get(++i));
            } else {
                throw new UsageException("--" + name + " needs a value");
            }
        }
        return options;
    }
}
