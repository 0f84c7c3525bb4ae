package dev.quartet.config;

/// The way to a field inside a resource, in the form that users know: `spec.http[0].route[1].destination.subset`.
/// Immutable; a child path costs one string.
public record FieldPath(String text) {
    public static final FieldPath ROOT = new FieldPath("");
    public static final FieldPath SPEC = new FieldPath("spec");
    public static final FieldPath METADATA = new FieldPath("metadata");

    public FieldPath field(String name) {
        return new FieldPath(text.isEmpty() ? name : text + "." + name);
    }

    public FieldPath index(int position) {
        return new FieldPath(text + "[" + position + "]");
    }

    /// An entry of a map: `spec.http[0].match[0].headers["end-user"]`.
    public FieldPath key(String key) {
        return new FieldPath(text + "[\"" + key + "\"]");
    }

    @Override
    public String toString() {
        return text;
    }
}
