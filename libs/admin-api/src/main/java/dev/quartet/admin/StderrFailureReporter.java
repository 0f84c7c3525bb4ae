package dev.quartet.admin;

import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalysisReporter;

/// Why the service did not start, once and short, on stderr: what, where, what to do. Boot's own, longer report is switched off by [StartupDefaults].
final class StderrFailureReporter implements FailureAnalysisReporter {

    @Override
    @SuppressWarnings("SystemOut") // the log may not work yet, and a start script reads stderr
    public void report(FailureAnalysis analysis) {
        var text = new StringBuilder("Start failed: ").append(analysis.getDescription().strip());
        String action = analysis.getAction();
        if (action != null && !action.isBlank()) {
            text.append(System.lineSeparator()).append("  What to do: ").append(action.strip());
        }
        System.err.println(text);
        System.err.flush();
    }
}
