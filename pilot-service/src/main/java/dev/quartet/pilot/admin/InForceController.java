package dev.quartet.pilot.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.admin.WaitTime;
import dev.quartet.pilot.status.ConfigLedger;
import dev.quartet.pilot.status.Convergence;
import dev.quartet.pilot.translate.XdsType;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.async.DeferredResult;

/// Waiting until a revision is in force on this Pilot's proxies. Galley's `/admin/v1/config/wait` does it for all Pilots.
@RestController
final class InForceController {
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final Duration GRACE = Duration.ofSeconds(10);

    /// @param known this Pilot has been given the revision
    /// @param newest the revision that proxies are given now; null before the first
    /// @param inForce on all connected proxies
    /// @param text `in force on 411 of 412 proxies`
    /// @param missing who does not have it and why, at most 100; `connected` less `inForceOn` are all
    record InForceView(
            String revision,
            boolean known,
            @Nullable String newest,
            boolean inForce,
            String text,
            int inForceOn,
            int connected,
            double waitedSeconds,
            List<MissingView> missing) {}

    /// @param revisionInForce what it has instead; empty: nothing yet
    /// @param why in words
    /// @param waiting types of which it has not ACKed what was sent
    record MissingView(
            String proxy,
            String namespace,
            String revisionInForce,
            String why,
            List<String> waiting,
            List<RefusalView> refusals) {
        static MissingView of(Convergence.Missing missing) {
            var waiting = missing.waiting().stream().map(XdsType::label).sorted().toList();
            return new MissingView(
                    missing.proxy().instance(),
                    missing.proxy().namespace(),
                    missing.revisionInForce(),
                    why(missing, waiting),
                    waiting,
                    missing.refusals().stream().map(RefusalView::of).toList());
        }

        private static String why(Convergence.Missing missing, List<String> waiting) {
            if (!missing.refusals().isEmpty()) {
                var first = missing.refusals().getFirst();
                return "it refuses %s \"%s\": %s"
                        .formatted(first.type().label(), first.name(), first.error());
            }
            return waiting.isEmpty()
                    ? "not all of it has been sent yet"
                    : "it has not ACKed " + String.join(", ", waiting);
        }
    }

    private final Convergence convergence;
    private final ConfigLedger ledger;

    InForceController(Convergence convergence, ConfigLedger ledger) {
        this.convergence = convergence;
        this.ledger = ledger;
    }

    @Operation(
            summary = "Wait until a revision is in force on all connected proxies",
            description =
                    "Answers at once when it is, and else at the latest when the time is up: in force on n of m, who is missing and why. Without a revision: the newest. One that Pilot has not been given yet is waited for too.")
    @GetMapping("/admin/v1/in-force")
    DeferredResult<InForceView> await(
            @RequestParam(required = false) @Nullable String revision,
            @Parameter(description = "0s to 5m") @RequestParam(defaultValue = "30s")
                    String timeout) {
        var atMost = WaitTime.parse(timeout, LONGEST_WAIT);
        var wanted =
                revision != null && !revision.isBlank()
                        ? revision
                        : ledger.newestRevision()
                                .orElseThrow(() ->
                                        ProblemException.notFound(
                                                "this Pilot has no config yet; GET /admin/v1/status says how it stands with Galley"));
        var begin = System.nanoTime();
        try {
            // the container's own limit would be shorter
            var answer = new DeferredResult<InForceView>(atMost.plus(GRACE).toMillis());
            convergence
                    .await(wanted, atMost)
                    .whenComplete((state, failure) -> {
                        if (failure == null) {
                            answer.setResult(view(state, begin));
                        } else {
                            answer.setErrorResult(failure);
                        }
                    });
            return answer;
        } catch (IllegalStateException e) {
            throw ProblemException.of(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    e.getMessage() + "; ask with timeout=0s, or wait at Galley");
        }
    }

    private InForceView view(Convergence.State state, long begin) {
        return new InForceView(
                state.revision(),
                state.known(),
                ledger.newestRevision().orElse(null),
                state.everywhere(),
                state.text(),
                state.inForce(),
                state.connected(),
                Duration.ofNanos(System.nanoTime() - begin).toMillis() / 1000.0,
                state.missing().stream().map(MissingView::of).toList());
    }
}
