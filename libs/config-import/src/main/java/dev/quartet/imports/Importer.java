package dev.quartet.imports;

/// Turns the objects of some kinds into today's resources. Pure: the same input gives the same answer. Whatever it cannot say in
/// today's kinds is a finding; with an error among them nothing of the whole import is written.
@FunctionalInterface
public interface Importer {
    Imported convert(ImportInput input);
}
