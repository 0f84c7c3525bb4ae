package dev.quartet.galley.admission;

/// What becomes of the deletion of an object that others name.
public enum ReferencedDeletes {
    REFUSE,
    /// It happens, and whoever deletes is told who names it.
    WARN
}
