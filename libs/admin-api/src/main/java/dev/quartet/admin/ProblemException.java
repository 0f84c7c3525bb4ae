package dev.quartet.admin;

import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpStatus;

/// A refusal of an admin request, thrown by controllers and answered as problem+json (RFC 9457). `detail` says what is wrong with this very request and what to do, in lower case.
public final class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final HttpStatus status;
    private final String type;
    private final String title;
    private final transient Map<String, Object> members = new LinkedHashMap<>();

    /// @param type last part of the problem's `type` URN, stable, kebab-case: `config-invalid`
    /// @param title what this type means in general
    public ProblemException(HttpStatus status, String type, String title, String detail) {
        super(detail);
        this.status = status;
        this.type = type;
        this.title = title;
    }

    public static ProblemException badRequest(String detail) {
        return of(HttpStatus.BAD_REQUEST, detail);
    }

    public static ProblemException notFound(String detail) {
        return of(HttpStatus.NOT_FOUND, detail);
    }

    public static ProblemException conflict(String detail) {
        return of(HttpStatus.CONFLICT, detail);
    }

    /// 503: the service lacks something it needs (identity, another service) and will have it by itself.
    public static ProblemException unavailable(String detail) {
        return of(HttpStatus.SERVICE_UNAVAILABLE, detail);
    }

    public static ProblemException of(HttpStatus status, String detail) {
        return new ProblemException(
                status, ProblemJson.typeOf(status.value()), status.getReasonPhrase(), detail);
    }

    /// Adds an extension member (RFC 9457, section 3.2), e.g. `problems` with the list of faults.
    public ProblemException with(String member, Object value) {
        members.put(member, value);
        return this;
    }

    HttpStatus status() {
        return status;
    }

    String type() {
        return type;
    }

    String title() {
        return title;
    }

    Map<String, Object> members() {
        return members;
    }
}
