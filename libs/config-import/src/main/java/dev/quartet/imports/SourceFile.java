package dev.quartet.imports;

/// A text of documents.
///
/// @param name as the user knows it
public record SourceFile(String name, String content) {}
