package dev.quartet.config.crd;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/// What the records' javadoc says, read from the sources as the compiler does.
final class RecordDocs {
    /// By a type's name, and by `type#component`.
    private final Map<String, String> texts;

    private RecordDocs(Map<String, String> texts) {
        this.texts = texts;
    }

    static RecordDocs read(Path sources) {
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var tree = Files.walk(sources);
                var files = compiler.getStandardFileManager(null, null, null)) {
            var units =
                    files.getJavaFileObjectsFromPaths(
                            tree.filter(file -> file.toString().endsWith(".java")).toList());
            var task =
                    (JavacTask)
                            compiler.getTask(null, files, null, List.of("-proc:none"), null, units);
            var texts = new HashMap<String, String>();
            var docs = DocTrees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                new Scanner(docs, texts, String.valueOf(unit.getPackageName())).scan(unit, null);
            }
            return new RecordDocs(texts);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Optional<String> of(Class<?> type) {
        return Optional.ofNullable(texts.get(name(type)));
    }

    Optional<String> of(Class<?> type, String component) {
        return Optional.ofNullable(texts.get(name(type) + "#" + component));
    }

    private static String name(Class<?> type) {
        return type.getName().replace('$', '.');
    }

    private static final class Scanner extends TreePathScanner<@Nullable Void, @Nullable Void> {
        private final DocTrees docs;
        private final Map<String, String> texts;
        private final Deque<String> names = new ArrayDeque<>();

        Scanner(DocTrees docs, Map<String, String> texts, String packageName) {
            this.docs = docs;
            this.texts = texts;
            names.push(packageName);
        }

        @Override
        public @Nullable Void visitClass(ClassTree type, @Nullable Void nothing) {
            names.push(names.element() + "." + type.getSimpleName());
            var doc = docs.getDocCommentTree(getCurrentPath());
            if (doc != null) {
                take(doc);
            }
            super.visitClass(type, nothing);
            names.pop();
            return null;
        }

        private void take(DocCommentTree doc) {
            var text = plain(doc.getFullBody());
            if (!text.isEmpty()) {
                texts.put(names.element(), text);
            }
            for (var tag : doc.getBlockTags()) {
                if (tag instanceof ParamTree parameter) {
                    texts.put(
                            names.element() + "#" + parameter.getName(),
                            sentence(plain(parameter.getDescription())));
                }
            }
        }

        /// Without the links, which lead nowhere outside of the javadoc.
        private static String plain(List<? extends DocTree> trees) {
            return trees.stream()
                    .map(Object::toString)
                    .collect(Collectors.joining())
                    .replaceAll(" \\(see \\{@link [^}]*\\}\\)", "")
                    .replaceAll("\\{@link ([^}]*)\\}", "$1")
                    .replaceAll("\\s+", " ")
                    .strip();
        }

        private static String sentence(String text) {
            var first = text.isEmpty() || text.charAt(0) == '`';
            var upper = first ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
            return upper.isEmpty() || upper.endsWith(".") ? upper : upper + ".";
        }
    }
}
