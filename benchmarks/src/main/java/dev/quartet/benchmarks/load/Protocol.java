package dev.quartet.benchmarks.load;

/// How a proxy speaks to Pilot.
public enum Protocol {
    DELTA,
    STATE_OF_THE_WORLD
}
