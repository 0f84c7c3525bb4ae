package dev.quartet.galley.source;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// What lies in a config directory at one moment. Links are followed; one that leads back to a folder above it shows nothing new
/// and is passed over, as is what goes while it is looked at. Immutable.
///
/// @param files that are to be read, by their name from the root on; a folder among them lies deeper than any is looked into
/// @param folders the root and those in it
record ConfigTree(SortedMap<String, Path> files, List<Path> folders) {
    static final int MAX_DEPTH = 16;

    ConfigTree {
        files = Collections.unmodifiableSortedMap(files);
        folders = List.copyOf(folders);
    }

    /// @throws IOException when the root or a folder in it cannot be read: what is in force must not go for that
    static ConfigTree of(Path root) throws IOException {
        var visitor = new Visitor(root);
        Files.walkFileTree(root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), MAX_DEPTH, visitor);
        return new ConfigTree(visitor.files, visitor.folders);
    }

    /// Whether a file of this name is one of config.
    ///
    /// @param name from the root on
    static boolean isConfig(String name) {
        return !isHidden(name)
                && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
    }

    private static boolean isHidden(String name) {
        return name.startsWith(".") || name.contains("/.");
    }

    private static final class Visitor extends SimpleFileVisitor<Path> {
        private final Path root;
        private final SortedMap<String, Path> files = new TreeMap<>();
        private final List<Path> folders = new ArrayList<>();

        Visitor(Path root) {
            this.root = root;
        }

        private String name(Path path) {
            return root.relativize(path).toString();
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            if (isHidden(name(folder))) {
                return FileVisitResult.SKIP_SUBTREE;
            }
            folders.add(folder);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            var name = name(file);
            if (isConfig(name) || attributes.isDirectory() && !isHidden(name)) {
                files.put(name, file);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof FileSystemLoopException
                    || e instanceof NoSuchFileException && !file.equals(root)) {
                return FileVisitResult.CONTINUE;
            }
            throw e;
        }
    }
}
