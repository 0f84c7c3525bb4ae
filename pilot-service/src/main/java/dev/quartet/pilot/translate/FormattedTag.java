package dev.quartet.pilot.translate;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.envoyproxy.envoy.type.tracing.v3.CustomTag;

/// A custom tag whose value is a format string, `%UPSTREAM_PEER_URI_SAN%`. Envoy has it since 1.35 as field 6 of
/// `CustomTag`; the generated API is older, so the field is written by its number.
final class FormattedTag {
    private static final int VALUE = 6;

    private FormattedTag() {}

    static CustomTag of(String tag, String format) {
        return CustomTag.newBuilder()
                .setTag(tag)
                .setUnknownFields(
                        Envoy.newer(
                                VALUE,
                                UnknownFieldSet.Field.newBuilder()
                                        .addLengthDelimited(ByteString.copyFromUtf8(format))))
                .build();
    }
}
