"""Prometheus metrics, in a registry of each application's own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4


class Metrics:
    """Requests by route and status, their times, pictures by model, and the queue as it is when asked."""

    content_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("pochade_requests", "HTTP requests", ["method", "route", "status"], registry=self.registry)
        self.seconds = Histogram("pochade_request_seconds", "Time to answer", ["route"], registry=self.registry)
        self.refused = Counter("pochade_refused", "Requests turned away under load", ["reason"], registry=self.registry)
        self.pictures = Counter("pochade_pictures", "Pictures delivered through an API", ["model"], registry=self.registry)
        self.jobs = Gauge("pochade_jobs", "Jobs in the queue", ["state"], registry=self.registry)

    def see_request(self, method: str, route: str, status: int, seconds: float) -> None:
        # methods are the client's to invent
        method = method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)
