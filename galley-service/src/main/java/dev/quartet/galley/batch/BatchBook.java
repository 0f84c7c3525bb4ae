package dev.quartet.galley.batch;

import dev.quartet.galley.batch.Batch.Landmark;
import dev.quartet.galley.batch.Batch.Member;
import dev.quartet.galley.batch.Batch.State;
import dev.quartet.galley.history.Cause;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// The record of the batch that is open, or was last: one Secret, since what REST writes may be secret. Whoever writes it
/// has seen its last version, so that there is one batch at a time in a cluster. Each call asks the apiserver.
/// Thread-safe.
public final class BatchBook {
    public static final String SECRET = "istio-galley-batch";

    /// A Secret takes 1 MiB, and base64 makes a third more of this.
    private static final int MAX_BYTES = 700 * 1024;

    private static final String DATA = "batch";
    private static final int CONFLICT = 409;
    private static final int NOT_FOUND = 404;
    private static final int FORBIDDEN = 403;
    private static final Logger LOGGER = LoggerFactory.getLogger(BatchBook.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final KubernetesClient client;
    private final String namespace;
    private final String writer;
    private final Clock clock;
    private volatile @Nullable String junk;

    /// A batch as it was read.
    ///
    /// @param version of the record
    public record Entry(Batch batch, String version) {}

    /// The record was written by somebody else meanwhile.
    public static final class OvertakenException extends Exception {
        private static final long serialVersionUID = 1;
    }

    /// The change does not fit into a record.
    public static final class TooLargeException extends Exception {
        private static final long serialVersionUID = 1;

        TooLargeException(int bytes) {
            super(
                    "the change is %d KiB compressed, and %d KiB can be made as one; send it in parts"
                            .formatted(bytes / 1024, MAX_BYTES / 1024));
        }
    }

    /// This service account may not read the record: the rights of an older Galley.
    public static final class ForbiddenException extends Exception {
        private static final long serialVersionUID = 1;

        ForbiddenException(KubernetesClientException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /// @param client one that does not wait for long
    /// @param namespace Galley's own
    /// @param writer this replica, for people
    public BatchBook(KubernetesClient client, String namespace, String writer, Clock clock) {
        this.client = client;
        this.namespace = namespace;
        this.writer = writer;
        this.clock = clock;
    }

    /// Empty: there never was a batch. What was written before this call is in the answer.
    ///
    /// @throws KubernetesClientException when the apiserver has no answer
    public Optional<Entry> read() throws ForbiddenException {
        try {
            return Optional.ofNullable(secret().get()).map(this::entry);
        } catch (KubernetesClientException e) {
            if (e.getCode() == FORBIDDEN) {
                throw new ForbiddenException(e);
            }
            throw e;
        }
    }

    private Resource<Secret> secret() {
        return client.secrets().inNamespace(namespace).withName(SECRET);
    }

    private Entry entry(Secret secret) {
        try (var gzip =
                new GZIPInputStream(
                        new ByteArrayInputStream(
                                Base64.getDecoder()
                                        .decode(
                                                secret.getData() == null
                                                        ? ""
                                                        : secret.getData()
                                                                .getOrDefault(DATA, ""))))) {
            return new Entry(
                    JSON.readValue(gzip, Batch.class), secret.getMetadata().getResourceVersion());
        } catch (IOException | IllegalArgumentException | JacksonException e) {
            var version = secret.getMetadata().getResourceVersion();
            if (!version.equals(junk)) {
                junk = version;
                LOGGER.atError()
                        .addKeyValue("name", SECRET)
                        .addKeyValue("version", version)
                        .addKeyValue("error", e.getMessage())
                        .log(
                                "Record of batches is not what Galley writes, the next batch replaces it");
            }
            return new Entry(Batch.NONE, version);
        }
    }

    /// @param last the record as it was read; null: there was none
    /// @throws OvertakenException when somebody else opened one meanwhile
    public Entry open(@Nullable Entry last, Cause cause, List<Member> members)
            throws OvertakenException, TooLargeException {
        var batch =
                Batch.open(
                        last == null ? null : last.batch(),
                        UUID.randomUUID().toString(),
                        writer,
                        clock.instant(),
                        cause,
                        members);
        return write(batch, last);
    }

    /// The writer is still at it.
    public Entry beat(Entry open) throws OvertakenException {
        return rewrite(open.batch().beating(), open);
    }

    /// @param made the writes that whoever takes the batch in must have seen
    public Entry close(Entry open, State how, List<Landmark> made) throws OvertakenException {
        return rewrite(open.batch().closed(how, made), open);
    }

    /// @param number under which the leader has recorded it
    public Entry recordedAs(Entry closed, long number) throws OvertakenException {
        return rewrite(closed.batch().recordedAs(number), closed);
    }

    /// Of a batch that has fitted once.
    private Entry rewrite(Batch batch, Entry last) throws OvertakenException {
        try {
            return write(batch, last);
        } catch (TooLargeException e) {
            throw new IllegalStateException(e);
        }
    }

    private Entry write(Batch batch, @Nullable Entry last)
            throws OvertakenException, TooLargeException {
        var bytes = bytes(batch);
        if (bytes.length > MAX_BYTES) {
            throw new TooLargeException(bytes.length);
        }
        var secret =
                new SecretBuilder()
                        .withNewMetadata()
                        .withName(SECRET)
                        .withNamespace(namespace)
                        .withResourceVersion(last == null ? null : last.version())
                        .endMetadata()
                        .withData(Map.of(DATA, Base64.getEncoder().encodeToString(bytes)))
                        .build();
        try {
            var stored =
                    last == null
                            ? client.resource(secret).create()
                            : client.resource(secret).lockResourceVersion(last.version()).update();
            return new Entry(batch, stored.getMetadata().getResourceVersion());
        } catch (KubernetesClientException e) {
            if (e.getCode() == CONFLICT || e.getCode() == NOT_FOUND) {
                throw new OvertakenException();
            }
            throw e;
        }
    }

    private static byte[] bytes(Batch batch) {
        var bytes = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(bytes)) {
            gzip.write(JSON.writeValueAsBytes(batch));
        } catch (IOException e) {
            throw new UncheckedIOException("memory refuses no write", e);
        }
        return bytes.toByteArray();
    }
}
