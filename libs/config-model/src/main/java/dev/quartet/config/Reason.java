package dev.quartet.config;

/// Why something in a resource is wrong: the one list behind condition reasons, metric labels and `docs/problems.md`.
public enum Reason {
    MALFORMED_YAML(
            Severity.ERROR,
            "The text is not YAML or JSON, or breaks a limit: on size, depth, aliases, or"
                    + " a thousand problems."),
    UNKNOWN_KIND(
            Severity.ERROR, "The document's apiVersion and kind name nothing that Quartet knows."),
    MISSING_FIELD(Severity.ERROR, "A field that must be there is left out."),
    UNKNOWN_FIELD(
            Severity.ERROR,
            "The kind has no such field: usually a typing error or wrong indentation."),
    WRONG_TYPE(
            Severity.ERROR,
            "The field has another type, for example text where a number is wanted."),
    INVALID_VALUE(Severity.ERROR, "The value has the right type but is not allowed here."),
    CONFLICTING_FIELDS(Severity.ERROR, "Fields that exclude each other are both set."),
    DUPLICATE_RESOURCE(
            Severity.ERROR, "Two documents of one set have the same kind, namespace and name."),
    INVALID_NAME(
            Severity.ERROR,
            "The resource's name or namespace is not a DNS label or holds forbidden signs."),
    INVALID_EXPRESSION(Severity.ERROR, "An expression does not parse, or its types do not fit."),
    UNKNOWN_HANDLER(Severity.ERROR, "A rule names a handler that does not exist."),
    UNKNOWN_INSTANCE(Severity.ERROR, "A rule names an instance that does not exist."),
    UNKNOWN_TEMPLATE(Severity.ERROR, "An instance names a template that Quartet does not have."),
    UNKNOWN_ADAPTER(Severity.ERROR, "A handler names an adapter that Quartet does not have."),
    INSTANCE_HANDLER_MISMATCH(
            Severity.ERROR, "The handler's adapter does not take instances of this template."),
    HOST_NOT_FOUND(Severity.WARNING, "A route leads to a host that no service has."),
    SUBSET_NOT_FOUND(
            Severity.WARNING,
            "A route names a subset that no DestinationRule of the host defines."),
    GATEWAY_NOT_FOUND(
            Severity.WARNING, "A VirtualService is bound to a gateway that does not exist."),
    PORT_NOT_FOUND(Severity.WARNING, "A route names a port that the service does not have."),
    CONFLICTING_HOSTS(
            Severity.WARNING,
            "Two resources claim the same host; the first by namespace and name stays in force."),
    CONFLICTING_POLICIES(
            Severity.WARNING,
            "Two policies claim the same workloads; the first by name stays in force."),
    UNREACHABLE_ROUTE(Severity.WARNING, "A route before this one takes every request."),
    NOT_SUPPORTED_YET(
            Severity.WARNING, "The kind or field is read, but this version does nothing with it."),
    NOT_ENFORCED_YET(
            Severity.ERROR,
            "The kind or field would protect somebody, and this version does not enforce it yet. It is"
                    + " refused, so that nobody relies on it."),
    REFUSED_BY_PROXY(
            Severity.WARNING,
            "A proxy refused the config made from this resource and keeps the last good one.");

    private final Severity severity;
    private final String explanation;
    private final String label;

    Reason(Severity severity, String explanation) {
        this.severity = severity;
        this.explanation = explanation;
        this.label = camelCase(name());
    }

    public Severity severity() {
        return severity;
    }

    /// One sentence for `docs/problems.md`.
    public String explanation() {
        return explanation;
    }

    /// `SubsetNotFound`: the form for users, metrics and the wire.
    public String label() {
        return label;
    }

    private static String camelCase(String constant) {
        var text = new StringBuilder();
        for (var word : constant.split("_")) {
            text.append(word.charAt(0))
                    .append(word.substring(1).toLowerCase(java.util.Locale.ROOT));
        }
        return text.toString();
    }
}
