package dev.quartet.config;

/// The body of a resource. Each kind has one record; a component that the user may leave out is `@Nullable`
/// or an empty list or map, so that what was said and what was not can be told apart.
public interface Spec {}
