package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The files that `-f` names, read but not judged: Galley does that, and its problems name the file as it was typed.
///
/// @param name as the user knows it
record Documents(String name, String content) {
    /// How `-f` is explained.
    static final String OPTION = "Files or folders of YAML or JSON, or - for the standard input.";

    /// @param names files, folders (with all `*.yaml`, `*.yml`, `*.json` below), or `-` for the standard input
    /// @throws Failure for what is not there or holds nothing
    static List<Documents> read(List<String> names, InputStream in) {
        var found = new ArrayList<Documents>();
        for (var name : names) {
            try {
                if (name.equals("-")) {
                    found.add(
                            new Documents(
                                    "stdin",
                                    new String(in.readAllBytes(), StandardCharsets.UTF_8)));
                } else if (Files.isDirectory(Path.of(name))) {
                    found.addAll(folder(Path.of(name)));
                } else if (Files.exists(Path.of(name))) {
                    found.add(new Documents(name, Files.readString(Path.of(name))));
                } else {
                    throw new Failure(
                            "there is no file " + name,
                            "check the path; it is taken from the current folder");
                }
            } catch (CharacterCodingException wrong) {
                throw new Failure(name + " is not UTF-8", "save it as UTF-8", wrong);
            } catch (IOException failure) {
                throw new Failure(
                        "cannot read " + name + ": " + failure.getMessage(),
                        "check that it may be read",
                        failure);
            }
        }
        return found;
    }

    private static List<Documents> folder(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            var found = new ArrayList<Documents>();
            for (var file : files.filter(Files::isRegularFile).sorted().toList()) {
                if (file.toString().matches(".*\\.(yaml|yml|json)")
                        && !file.getFileName().toString().startsWith(".")) {
                    found.add(new Documents(file.toString(), Files.readString(file)));
                }
            }
            if (found.isEmpty()) {
                throw new Failure(
                        "the folder " + folder + " holds no .yaml, .yml or .json file",
                        "name a file, or another folder");
            }
            return found;
        }
    }
}
