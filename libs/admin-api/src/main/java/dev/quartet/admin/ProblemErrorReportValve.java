package dev.quartet.admin;

import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.springframework.http.MediaType;

/// Refusals by Tomcat itself (a malformed request line or header, a missing Host) as problem+json instead of its HTML page with the server's name.
/// Tomcat makes it by its class name, so it is public and has no arguments.
public final class ProblemErrorReportValve extends ErrorReportValve {

    @Override
    protected void report(Request request, Response response, Throwable failure) {
        int status = response.getStatus();
        if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
            return;
        }
        String detail =
                status >= 500
                        ? "the service failed on this request; see its log"
                        : "the request is not valid HTTP or breaks a limit of the server; check its request line and headers";
        try {
            response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
            response.getOutputStream()
                    .write(
                            ProblemJson.bytes(
                                    status,
                                    ProblemJson.typeOf(status),
                                    ProblemJson.titleOf(status),
                                    detail));
            response.finishResponse();
        } catch (IOException e) {
            container.getLogger().debug("client left before its refusal was written", e);
        }
    }
}
