FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY pdslack_cli pdslack_cli
RUN python -m venv /opt/pdslack && /opt/pdslack/bin/pip install --no-cache-dir .

FROM python:3.12-slim
COPY --from=build /opt/pdslack /opt/pdslack
RUN useradd --uid 10001 --create-home pdslack
ENV PATH="/opt/pdslack/bin:$PATH" PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /work
ENTRYPOINT ["pdslack"]
