package dev.quartet.config.mixer;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.Required;

/// What an adapter out of process gets (Istio 1.4 `mixer/adapter/model/v1beta1/template.proto`).
///
/// @param descriptor its protobuf descriptors, in base64
@NotTranslated("templates of your own come with a later version")
public record Template(@Required String descriptor) implements Spec {}
