package dev.quartet.config.check;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/// The places in the sources that tell a problem: one rule each. A place either tells it by itself (`problems.invalid(…)`) or has
/// a single value checked (`Values.port(problems, …)`).
final class RuleSites {
    private static final Set<String> TELLING = Set.of("add", "invalid", "missing", "conflict");

    private RuleSites() {}

    /// @param type the class's simple name
    /// @param line from 1, where the call's arguments begin, as stack traces have it
    /// @param words the fixed parts of what is told, or the value's kind and field
    record Site(String type, String method, long line, String words) {}

    static List<Site> in(Path... files) {
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var manager = compiler.getStandardFileManager(null, null, null)) {
            var task =
                    (JavacTask)
                            compiler.getTask(
                                    null,
                                    manager,
                                    null,
                                    List.of("-proc:none"),
                                    null,
                                    manager.getJavaFileObjects(files));
            var positions = Trees.instance(task).getSourcePositions();
            var sites = new ArrayList<Site>();
            for (var unit : task.parse()) {
                new Scanner(unit, positions, sites).scan(unit, null);
            }
            return sites;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path[] rules(Path sources) {
        try (var tree = Files.walk(sources)) {
            return tree.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.endsWith(Path.of("check", "Values.java")))
                    .filter(file -> !file.endsWith(Path.of("check", "Problems.java")))
                    .filter(file -> !file.endsWith(Path.of("check", "SetProblems.java")))
                    .filter(file -> !file.endsWith(Path.of("analyze", "Report.java")))
                    .sorted()
                    .toArray(Path[]::new);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Scanner extends TreeScanner<@Nullable Void, @Nullable Void> {
        private final CompilationUnitTree unit;
        private final SourcePositions positions;
        private final List<Site> sites;
        private String type = "";
        private String method = "";

        Scanner(CompilationUnitTree unit, SourcePositions positions, List<Site> sites) {
            this.unit = unit;
            this.positions = positions;
            this.sites = sites;
        }

        @Override
        public @Nullable Void visitClass(ClassTree tree, @Nullable Void nothing) {
            if (type.isEmpty()) {
                type = tree.getSimpleName().toString();
            }
            return super.visitClass(tree, nothing);
        }

        @Override
        public @Nullable Void visitMethod(MethodTree tree, @Nullable Void nothing) {
            method = tree.getName().toString();
            return super.visitMethod(tree, nothing);
        }

        @Override
        public @Nullable Void visitMethodInvocation(
                MethodInvocationTree call, @Nullable Void nothing) {
            if (call.getMethodSelect() instanceof MemberSelectTree select
                    && select.getExpression() instanceof IdentifierTree receiver) {
                var name = select.getIdentifier().toString();
                if (receiver.getName().contentEquals("problems") && TELLING.contains(name)) {
                    add(call, words(call.getArguments()));
                } else if (receiver.getName().contentEquals("Values")
                        && !call.getArguments().isEmpty()
                        && call.getArguments().getFirst().toString().equals("problems")) {
                    add(call, name + " of " + words(call.getArguments()));
                }
            }
            return super.visitMethodInvocation(call, nothing);
        }

        private void add(MethodInvocationTree call, String words) {
            var end = positions.getEndPosition(unit, call.getMethodSelect());
            sites.add(new Site(type, method, unit.getLineMap().getLineNumber(end), words));
        }

        private static String words(List<? extends ExpressionTree> arguments) {
            var words = new ArrayList<String>();
            var literals =
                    new TreeScanner<@Nullable Void, @Nullable Void>() {
                        @Override
                        public @Nullable Void visitLiteral(
                                LiteralTree literal, @Nullable Void nothing) {
                            if (literal.getValue() instanceof String text) {
                                words.add(text.strip());
                            }
                            return null;
                        }
                    };
            // what to do about it says no more about the rule
            var last = arguments.size() > 3 ? arguments.size() - 1 : arguments.size();
            arguments.subList(0, last).forEach(argument -> literals.scan(argument, null));
            return words.stream()
                    .filter(word -> !word.isEmpty())
                    .collect(Collectors.joining(" … "));
        }
    }
}
