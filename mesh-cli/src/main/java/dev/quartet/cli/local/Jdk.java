package dev.quartet.cli.local;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/// The JDK that runs the CLI, which also runs all services, with flags for small and quick processes.
///
/// @param caches folder of the AOT caches
/// @param training whether to write caches and not use them (JEP 514)
record Jdk(Path home, Path caches, boolean training) {
    /// C1 and the serial collector: half the memory and a third of the CPU until started. The last two silence Netty.
    static final List<String> FLAGS =
            List.of(
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-Xss512k",
                    "-XX:+ExitOnOutOfMemoryError",
                    "-XX:ReservedCodeCacheSize=64m",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow");

    static Jdk current(Home home, boolean training) {
        return new Jdk(Path.of(System.getProperty("java.home")), home.shared("aot"), training);
    }

    String java() {
        return home.resolve("bin/java").toString();
    }

    /// A cache holds for one content, one JVM and the very flags that it was made with.
    Path cache(ServiceJar jar, int heapMebibytes) {
        var crc = new CRC32();
        crc.update(
                (System.getProperty("java.vm.version") + home + FLAGS + heapMebibytes)
                        .getBytes(StandardCharsets.UTF_8));
        return caches.resolve("%s-%08x.aot".formatted(jar.folder().getFileName(), crc.getValue()));
    }

    List<String> command(
            ServiceJar jar, int heapMebibytes, List<String> properties, List<String> arguments) {
        var command = new ArrayList<String>();
        command.add(java());
        command.addAll(FLAGS);
        command.add("-Xmx" + heapMebibytes + "m");
        var cache = cache(jar, heapMebibytes);
        if (training) {
            command.add("-XX:AOTCacheOutput=" + cache);
        } else if (Files.isRegularFile(cache)) {
            command.add("-XX:AOTCache=" + cache);
        }
        command.addAll(properties);
        command.add("-jar");
        command.add(jar.unpacked().toString());
        command.addAll(arguments);
        return command;
    }
}
