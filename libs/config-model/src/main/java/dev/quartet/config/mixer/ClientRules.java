package dev.quartet.config.mixer;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import dev.quartet.config.networking.StringMatch;
import dev.quartet.config.schema.Names;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// When what Mixer's clients are told is right by itself: quotas, APIs, and what they are bound to. After Istio 1.4,
/// `validation.go` `ValidateQuotaSpec`, `ValidateHTTPAPISpec` and their bindings.
public final class ClientRules {
    private ClientRules() {}

    public static void check(QuotaSpec spec, Problems problems) {
        for (int i = 0; i < spec.rules().size(); i++) {
            var rule = spec.rules().get(i);
            var path = FieldPath.SPEC.field("rules").index(i);
            for (int j = 0; j < rule.match().size(); j++) {
                var clause = path.field("match").index(j).field("clause");
                rule.match()
                        .get(j)
                        .clause()
                        .forEach((name, match) -> clause(match, clause.key(name), problems));
            }
            for (int j = 0; j < rule.quotas().size(); j++) {
                var quota = rule.quotas().get(j);
                var inner = path.field("quotas").index(j);
                empty(quota.quota(), inner.field("quota"), problems);
                if (quota.charge() <= 0) {
                    problems.invalid(
                            inner.field("charge"),
                            quota.charge() + " is no charge",
                            "write a number above zero");
                }
            }
        }
    }

    private static void clause(StringMatch match, FieldPath path, Problems problems) {
        switch (match) {
            case StringMatch.Exact exact -> empty(exact.exact(), path.field("exact"), problems);
            case StringMatch.Prefix prefix ->
                    empty(prefix.prefix(), path.field("prefix"), problems);
            case StringMatch.Regex regex ->
                    Values.regex(problems, path.field("regex"), regex.regex());
            case StringMatch.Present present ->
                    problems.missing(path, "the match is empty", "add exact, prefix or regex");
        }
    }

    public static void check(QuotaSpecBinding spec, Problems problems) {
        services(spec.services(), problems);
        references(spec.quotaSpecs(), FieldPath.SPEC.field("quotaSpecs"), problems);
    }

    public static void check(HttpApiSpec spec, Problems problems) {
        var root = FieldPath.SPEC;
        attributes(spec.attributes(), root.field("attributes"), problems);
        for (int i = 0; i < spec.patterns().size(); i++) {
            var pattern = spec.patterns().get(i);
            var path = root.field("patterns").index(i);
            attributes(pattern.attributes(), path.field("attributes"), problems);
            empty(pattern.httpMethod(), path.field("httpMethod"), problems);
            if (pattern.uriTemplate() == null && pattern.regex() == null) {
                problems.missing(path, "the pattern matches no path", "add uriTemplate or regex");
            }
            empty(pattern.uriTemplate(), path.field("uriTemplate"), problems);
            Values.regex(problems, path.field("regex"), pattern.regex());
        }
        for (int i = 0; i < spec.apiKeys().size(); i++) {
            var key = spec.apiKeys().get(i);
            var path = root.field("apiKeys").index(i);
            if (key.query() == null && key.header() == null && key.cookie() == null) {
                problems.missing(path, "the key has no place", "add query, header or cookie");
            }
            empty(key.query(), path.field("query"), problems);
            empty(key.header(), path.field("header"), problems);
            empty(key.cookie(), path.field("cookie"), problems);
        }
    }

    private static void attributes(
            HttpApiSpec.@Nullable Attributes attributes, FieldPath path, Problems problems) {
        if (attributes != null) {
            attributes
                    .attributes()
                    .forEach((name, value) ->
                            attribute(value, path.field("attributes").key(name), problems));
        }
    }

    private static void attribute(
            HttpApiSpec.AttributeValue value, FieldPath path, Problems problems) {
        if (value.stringValue() == null
                && value.int64Value() == null
                && value.doubleValue() == null
                && value.boolValue() == null
                && value.bytesValue() == null
                && value.timestampValue() == null
                && value.durationValue() == null
                && value.stringMapValue() == null) {
            problems.missing(path, "the attribute has no value", "add stringValue or another one");
        }
        empty(value.stringValue(), path.field("stringValue"), problems);
        Values.duration(problems, path.field("durationValue"), value.durationValue());
        if (value.bytesValue() != null && !isBase64(value.bytesValue())) {
            problems.invalid(
                    path.field("bytesValue"),
                    "the value is empty or not in base64",
                    "write bytes in base64");
        }
        if (value.timestampValue() != null && !isTime(value.timestampValue())) {
            problems.invalid(
                    path.field("timestampValue"),
                    quoted(value.timestampValue()) + " is no time",
                    "write for example 2026-01-31T12:00:00Z");
        }
    }

    static boolean isBase64(String text) {
        try {
            return Base64.getDecoder().decode(text).length > 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isTime(String text) {
        try {
            Instant.parse(text);
            return true;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    public static void check(HttpApiSpecBinding spec, Problems problems) {
        services(spec.services(), problems);
        references(spec.apiSpecs(), FieldPath.SPEC.field("apiSpecs"), problems);
    }

    private static void services(List<ServiceReference> services, Problems problems) {
        for (int i = 0; i < services.size(); i++) {
            var service = services.get(i);
            var path = FieldPath.SPEC.field("services").index(i);
            if (service.name() == null && service.service() == null) {
                problems.missing(path, "the service has no name", "add name, or service");
            }
            if (service.service() != null
                    && (service.name() != null
                            || service.namespace() != null
                            || service.domain() != null)) {
                problems.conflict(
                        path,
                        "service is a full name, which name, namespace and domain would make up",
                        "keep one of both");
            }
            Values.dnsLabel(problems, path.field("name"), service.name());
            Values.dnsLabel(problems, path.field("namespace"), service.namespace());
            if (service.domain() != null && !Names.isDnsName(service.domain())) {
                problems.invalid(
                        path.field("domain"),
                        quoted(service.domain()) + " is no domain",
                        "write for example svc.cluster.local, or leave it out");
            }
            if (service.service() != null && !Values.isHost(service.service())) {
                problems.invalid(
                        path.field("service"),
                        quoted(service.service()) + " is no host",
                        "write a service's full name, or * for every one");
            }
            Values.labels(problems, path.field("labels"), service.labels());
        }
    }

    private static void references(
            List<SpecReference> references, FieldPath root, Problems problems) {
        for (int i = 0; i < references.size(); i++) {
            empty(references.get(i).name(), root.index(i).field("name"), problems);
            Values.dnsLabel(
                    problems, root.index(i).field("namespace"), references.get(i).namespace());
        }
    }

    private static void empty(@Nullable String text, FieldPath path, Problems problems) {
        if (text != null && text.isEmpty()) {
            problems.invalid(path, "the text is empty", "write it, or take the field out");
        }
    }
}
