package dev.quartet.citadel.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.citadel.issue.IssuedCertificate;
import dev.quartet.citadel.issue.IssuedCertificates;
import dev.quartet.citadel.root.RootAuthority;
import io.swagger.v3.oas.annotations.Operation;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// What was issued, and the root. Tokens are made by the command only: who may make any identity has the state folder.
@RestController
@RequestMapping(path = "/admin/v1", produces = MediaType.APPLICATION_JSON_VALUE)
class CertificatesController {

    private static final int MAX_LIMIT = 1000;

    private final IssuedCertificates issued;
    private final RootAuthority root;
    private final Clock clock;

    CertificatesController(IssuedCertificates issued, RootAuthority root, Clock clock) {
        this.issued = issued;
        this.root = root;
        this.clock = clock;
    }

    /// @param total since Citadel started
    record Certificates(long total, List<Certificate> newest) {}

    /// @param door `csr`, `sds` or `self`
    record Certificate(
            String identity,
            String serial,
            Instant notBefore,
            Instant notAfter,
            String door,
            Instant issuedAt,
            boolean expired) {}

    record Root(
            String subject,
            String serial,
            Instant notBefore,
            Instant notAfter,
            long daysLeft,
            String certificate) {}

    @GetMapping("/certificates")
    @Operation(summary = "The certificates issued last, newest first")
    Certificates certificates(@RequestParam(defaultValue = "100") int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw ProblemException.badRequest(
                    "limit is 1 to %d, not %d".formatted(MAX_LIMIT, limit));
        }
        return new Certificates(
                issued.total(), issued.newest(limit).stream().map(this::shown).toList());
    }

    private Certificate shown(IssuedCertificate certificate) {
        return new Certificate(
                certificate.identity().uri(),
                certificate.serial(),
                certificate.notBefore(),
                certificate.notAfter(),
                certificate.door().name().toLowerCase(Locale.ROOT),
                certificate.issuedAt(),
                !clock.instant().isBefore(certificate.notAfter()));
    }

    @GetMapping("/root")
    @Operation(summary = "The root certificate")
    Root root() {
        var certificate = root.certificate();
        return new Root(
                certificate.getSubjectX500Principal().getName(),
                certificate.getSerialNumber().toString(16),
                certificate.getNotBefore().toInstant(),
                root.notAfter(),
                Duration.between(clock.instant(), root.notAfter()).toDays(),
                root.pem());
    }
}
