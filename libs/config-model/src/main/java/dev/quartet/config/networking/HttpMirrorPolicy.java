package dev.quartet.config.networking;

import dev.quartet.config.schema.Required;
import org.jspecify.annotations.Nullable;

public record HttpMirrorPolicy(@Required Destination destination, @Nullable Percent percentage) {}
