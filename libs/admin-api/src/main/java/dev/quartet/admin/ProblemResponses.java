package dev.quartet.admin;

import jakarta.servlet.http.HttpServletRequest;
import java.net.SocketTimeoutException;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import org.springframework.web.servlet.resource.NoResourceFoundException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;

/// Every exception of a controller, and of Spring MVC before one is found, as problem+json.
@RestControllerAdvice
@Order(Ordered.LOWEST_PRECEDENCE)
final class ProblemResponses extends ResponseEntityExceptionHandler {
    static final String BODY_TOO_SLOW = "the request's body did not arrive in time; send it again";
    private static final Logger LOGGER = LoggerFactory.getLogger(ProblemResponses.class);

    @ExceptionHandler
    ResponseEntity<Object> refused(ProblemException e) {
        ProblemDetail problem =
                ProblemJson.detail(e.status().value(), e.type(), e.title(), detailOf(e));
        e.members().forEach(problem::setProperty);
        return response(problem);
    }

    @ExceptionHandler
    ResponseEntity<Object> bodyTooLarge(BodyTooLargeException e) {
        return response(413, detailOf(e));
    }

    @ExceptionHandler
    ResponseEntity<Object> bodyTooSlow(SocketTimeoutException e) {
        return response(408, BODY_TOO_SLOW);
    }

    @ExceptionHandler
    ResponseEntity<Object> bug(Exception e, HttpServletRequest request) {
        String reference = UUID.randomUUID().toString();
        LOGGER.atError()
                .addKeyValue("reference", reference)
                .addKeyValue("method", request.getMethod())
                .addKeyValue("path", request.getRequestURI())
                .setCause(e)
                .log("Admin request failed");
        return response(
                500,
                "the service failed on this request; its log has the cause under reference "
                        + reference);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleHttpMessageNotReadable(
            HttpMessageNotReadableException e,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof BodyTooLargeException tooLarge) {
                return bodyTooLarge(tooLarge);
            }
            if (cause instanceof SocketTimeoutException slow) {
                return bodyTooSlow(slow);
            }
            if (cause instanceof JacksonException json) {
                return response(400, "the body cannot be read: " + whereAndWhat(json));
            }
        }
        return response(
                400,
                "the body is missing or cannot be read; /v3/api-docs says what this operation takes");
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleNoResourceFoundException(
            NoResourceFoundException e,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
        return response(
                404,
                "there is nothing at %s; /v3/api-docs lists the operations"
                        .formatted(pathOf(request)));
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleHttpRequestMethodNotSupported(
            HttpRequestMethodNotSupportedException e,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
        return super.handleExceptionInternal(
                e,
                problem(
                        405,
                        "%s does not take %s; it takes %s"
                                .formatted(
                                        pathOf(request),
                                        e.getMethod(),
                                        headers.getFirst(HttpHeaders.ALLOW))),
                headers,
                status,
                request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleHttpMediaTypeNotSupported(
            HttpMediaTypeNotSupportedException e,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
        return super.handleExceptionInternal(
                e,
                problem(
                        415,
                        "content type %s is not taken here; send one of %s"
                                .formatted(e.getContentType(), e.getSupportedMediaTypes())),
                headers,
                status,
                request);
    }

    /// All other refusals of Spring MVC: its own words, our `type`.
    @Override
    protected @Nullable ResponseEntity<Object> handleExceptionInternal(
            Exception e,
            @Nullable Object body,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
        ResponseEntity<Object> response =
                super.handleExceptionInternal(e, body, headers, status, request);
        if (response != null && response.getBody() instanceof ProblemDetail problem) {
            problem.setType(ProblemJson.urn(ProblemJson.typeOf(status.value())));
        }
        return response;
    }

    private static ProblemDetail problem(int status, String detail) {
        return ProblemJson.detail(
                status, ProblemJson.typeOf(status), ProblemJson.titleOf(status), detail);
    }

    private static ResponseEntity<Object> response(int status, String detail) {
        return response(problem(status, detail));
    }

    private static ResponseEntity<Object> response(ProblemDetail problem) {
        return ResponseEntity.status(problem.getStatus()).body(problem);
    }

    private static String whereAndWhat(JacksonException e) {
        var at = e.getLocation();
        String path =
                e instanceof DatabindException bind && !bind.getPath().isEmpty()
                        ? " at "
                                + bind.getPathReference()
                                        .replaceAll("[\\w.$]+\\[\"([^\"]*)\"\\]", "$1")
                                        .replace("->", ".")
                        : "";
        return (at == null
                        ? ""
                        : "line %d, column %d%s: "
                                .formatted(at.getLineNr(), at.getColumnNr(), path))
                + e.getOriginalMessage();
    }

    private static String pathOf(WebRequest request) {
        return request instanceof ServletWebRequest servlet
                ? servlet.getRequest().getRequestURI()
                : "this path";
    }

    private static String detailOf(Throwable e) {
        return Objects.requireNonNullElse(e.getMessage(), "no detail");
    }
}
