package dev.quartet.admin;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.SocketTimeoutException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/// Bounds what one request may send: size (413), and time for the whole body (408), so that a sender of one byte a second ends too.
final class BodyLimit implements Filter {
    private final long maxBytes;
    private final Duration timeout;
    private final Clock clock;

    BodyLimit(long maxBytes, Duration timeout, Clock clock) {
        this.maxBytes = maxBytes;
        this.timeout = timeout;
        this.clock = clock;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        var http = (HttpServletRequest) request;
        if (http.getContentLengthLong() > maxBytes) {
            ProblemJson.write(
                    (HttpServletResponse) response,
                    413,
                    ProblemJson.typeOf(413),
                    ProblemJson.titleOf(413),
                    BodyTooLargeException.text(maxBytes));
            return;
        }
        chain.doFilter(new LimitedRequest(http), response);
    }

    private final class LimitedRequest extends HttpServletRequestWrapper {
        LimitedRequest(HttpServletRequest request) {
            super(request);
        }

        @Override
        public ServletInputStream getInputStream() throws IOException {
            return new LimitedStream(super.getInputStream());
        }

        @Override
        public BufferedReader getReader() throws IOException {
            String encoding = getCharacterEncoding();
            return new BufferedReader(
                    new InputStreamReader(
                            getInputStream(),
                            encoding == null ? StandardCharsets.UTF_8 : Charset.forName(encoding)));
        }
    }

    private final class LimitedStream extends ServletInputStream {
        private final ServletInputStream in;
        private final Instant deadline = clock.instant().plus(timeout);
        private long countBytes;

        LimitedStream(ServletInputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            int read = in.read();
            count(read < 0 ? 0 : 1);
            return read;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = in.read(buffer, offset, length);
            count(read);
            return read;
        }

        private void count(int read) throws IOException {
            countBytes += Math.max(0, read);
            if (countBytes > maxBytes) {
                throw new BodyTooLargeException(maxBytes);
            }
            if (clock.instant().isAfter(deadline)) {
                throw new SocketTimeoutException("body slower than " + timeout);
            }
        }

        @Override
        public boolean isFinished() {
            return in.isFinished();
        }

        @Override
        public boolean isReady() {
            return in.isReady();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            in.setReadListener(listener);
        }
    }
}
