package dev.quartet.cli.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// The sum of the reports that Surefire and Failsafe write (`TEST-*.xml`), per module.
///
/// @param modules by path in the source tree
public record TestReports(
        SortedMap<String, Module> modules, List<Case> failed, List<Case> skipped) {
    /// @param reason why it failed or was skipped
    public record Case(String module, String type, String method, String reason) {}

    public record Module(int passed, int failed, int skipped, Duration time) {
        static final Module NONE = new Module(0, 0, 0, Duration.ZERO);

        Module plus(Module more) {
            return new Module(
                    passed + more.passed,
                    failed + more.failed,
                    skipped + more.skipped,
                    time.plus(more.time));
        }
    }

    private static final List<String> FOLDERS =
            List.of("target/surefire-reports", "target/failsafe-reports");

    public int passedCount() {
        return modules.values().stream().mapToInt(Module::passed).sum();
    }

    public int failedCount() {
        return modules.values().stream().mapToInt(Module::failed).sum();
    }

    public int skippedCount() {
        return modules.values().stream().mapToInt(Module::skipped).sum();
    }

    /// `N passed, N failed, N skipped`: the last line of every test run.
    public String sum() {
        return "%d passed, %d failed, %d skipped"
                .formatted(passedCount(), failedCount(), skippedCount());
    }

    /// Reads the reports of `modules` (paths below `root`) that are not older than `since`.
    ///
    /// @throws IOException when a report cannot be read; a broken one counts as a failure
    public static TestReports read(Path root, List<String> modules, Instant since)
            throws IOException {
        var sums = new TreeMap<String, Module>();
        var failed = new ArrayList<Case>();
        var skipped = new ArrayList<Case>();
        for (var module : modules) {
            for (var folder : FOLDERS) {
                for (var file : reports(root.resolve(module).resolve(folder))) {
                    if (Files.getLastModifiedTime(file).toInstant().isBefore(since)) {
                        continue;
                    }
                    try (var in = Files.newInputStream(file)) {
                        sums.merge(module, parse(module, in, failed, skipped), Module::plus);
                    } catch (XMLStreamException broken) {
                        failed.add(
                                new Case(
                                        module,
                                        file.getFileName().toString(),
                                        "",
                                        "the report is broken: " + broken.getMessage()));
                        sums.merge(module, new Module(0, 1, 0, Duration.ZERO), Module::plus);
                    }
                }
            }
        }
        return new TestReports(sums, failed, skipped);
    }

    private static List<Path> reports(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
                    .sorted()
                    .toList();
        }
    }

    static Module parse(String module, InputStream in, List<Case> failed, List<Case> skipped)
            throws XMLStreamException {
        var factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        var xml = factory.createXMLStreamReader(in);
        var sum = Module.NONE;
        while (xml.hasNext()) {
            if (xml.next() == XMLStreamConstants.START_ELEMENT) {
                if (xml.getLocalName().equals("testsuite")) {
                    sum = sum.plus(new Module(0, 0, 0, seconds(attribute(xml, "time"))));
                } else if (xml.getLocalName().equals("testcase")) {
                    sum = sum.plus(testCase(module, xml, failed, skipped));
                }
            }
        }
        return sum;
    }

    private static Module testCase(
            String module, XMLStreamReader xml, List<Case> failed, List<Case> skipped)
            throws XMLStreamException {
        var type = attribute(xml, "classname");
        var method = attribute(xml, "name");
        var result = new Module(1, 0, 0, Duration.ZERO);
        while (xml.hasNext()) {
            var event = xml.next();
            if (event == XMLStreamConstants.END_ELEMENT && xml.getLocalName().equals("testcase")) {
                return result;
            }
            if (event == XMLStreamConstants.START_ELEMENT) {
                switch (xml.getLocalName()) {
                    case "failure", "error" -> {
                        var message = attribute(xml, "message");
                        failed.add(
                                new Case(
                                        module,
                                        type,
                                        method,
                                        message.isEmpty() ? attribute(xml, "type") : message));
                        result = new Module(0, 1, 0, Duration.ZERO);
                    }
                    case "skipped" -> {
                        var message = attribute(xml, "message");
                        skipped.add(
                                new Case(
                                        module,
                                        type,
                                        method,
                                        message.isEmpty() ? "no reason given" : message));
                        result = new Module(0, 0, 1, Duration.ZERO);
                    }
                    default -> {
                        // output and properties
                    }
                }
            }
        }
        return result;
    }

    private static String attribute(XMLStreamReader xml, String name) {
        var value = xml.getAttributeValue(null, name);
        return value == null ? "" : value;
    }

    private static Duration seconds(String text) {
        try {
            return Duration.ofMillis(Math.round(Double.parseDouble(text.replace(",", "")) * 1000));
        } catch (NumberFormatException _) {
            return Duration.ZERO;
        }
    }
}
