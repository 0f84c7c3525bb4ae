package dev.quartet.pilot.trial;

import dev.quartet.pilot.ingest.MeshInputs;
import dev.quartet.pilot.translate.Translation;

/// What proxies are given now, and what it was made from.
public record Current(MeshInputs inputs, Translation translation) {}
