package dev.quartet.config.schema;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The field says something by being there, so that a key without a value is read as `{}`: `- mtls:` is how policies of
/// Istio 1.4 are commonly written.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface NullIsEmpty {}
