package dev.quartet.config.networking;

import dev.quartet.config.schema.Required;

public record RegexRewrite(@Required String match, @Required String rewrite) {}
