package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `./mesh` in several terminals of a tree that is not built yet: one builds, the others wait for it.
class OneBuildIT {
    private static final Duration IN_TIME = Duration.ofSeconds(60);

    @TempDir Path folder;

    private final List<Process> started = new ArrayList<>();
    private Path tree;
    private Path calls;

    /// Whose build ends when it is told to.
    @BeforeEach
    void tree() throws IOException {
        tree = LauncherCopy.in(folder);
        calls = Files.createFile(folder.resolve("calls"));
        Files.writeString(
                tree.resolve("mvnw"),
                """
                #!/bin/sh
                echo begin >> %1$s
                until [ -e %2$s ]; do sleep 0.1; done
                echo end >> %1$s
                """
                        .formatted(calls, folder.resolve("go")));
        Files.setPosixFilePermissions(
                tree.resolve("mvnw"), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @AfterEach
    void end() throws IOException {
        letGo();
        started.forEach(process -> process.descendants().forEach(ProcessHandle::destroyForcibly));
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void aSecondCommandWaitsForTheBuildOfTheFirst() throws IOException, InterruptedException {
        var first = mesh("first");
        awaitCalls("begin");
        var second = mesh("second");
        await().atMost(IN_TIME)
                .until(() ->
                        said("second").contains("Waiting for the build of process " + first.pid()));

        letGo();

        ends(first);
        ends(second);
        assertThat(calls).hasContent("begin\nend");
        assertThat(tree.resolve(".mesh/build.lock")).doesNotExist();
    }

    @Test
    void theLockOfABuildThatWasKilledHoldsNobodyUp() throws IOException, InterruptedException {
        var first = mesh("first");
        awaitCalls("begin");
        var build = first.descendants().toList();
        first.destroyForcibly();
        build.forEach(ProcessHandle::destroyForcibly);
        first.waitFor();
        letGo();

        ends(mesh("second"));

        assertThat(calls).hasContent("begin\nbegin\nend");
    }

    private Process mesh(String name) throws IOException {
        var builder =
                new ProcessBuilder(tree.resolve("mesh").toString(), "--version")
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve(name).toFile());
        builder.environment().remove("MESH_NO_BUILD"); // ./mesh test sets it: it has built
        var process = builder.start();
        started.add(process);
        return process;
    }

    private String said(String name) throws IOException {
        return Files.readString(folder.resolve(name));
    }

    private void awaitCalls(String content) {
        await().atMost(IN_TIME).until(() -> Files.readString(calls).strip().equals(content));
    }

    private void letGo() throws IOException {
        Files.writeString(folder.resolve("go"), "", StandardOpenOption.CREATE);
    }

    private static void ends(Process process) throws InterruptedException {
        assertThat(process.waitFor(IN_TIME.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }
}
