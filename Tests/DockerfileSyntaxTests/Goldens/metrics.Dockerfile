FROM model-image
RUN pip install prometheus-client
COPY ./metrics.py /app/metrics.py
EXPOSE 8000 9090
HEALTHCHECK --interval=30s --timeout=10s --retries=3 \
  CMD ["curl", "-f", "http://localhost:8000/health"]
