# Chartloop in a container: the page and its engine on a CPU, run by somebody who is not root.
# Leaves out: tests, benchmarks and their tools; an engine for a larger model, which runs beside it (see compose.yaml).
#
#   docker build --tag chartloop . && docker run --publish 7860:7860 --volume chartloop:/srv/data chartloop
#
# What a container does to the sandbox: the usual seccomp profile of container engines refuses the making of user
# namespaces, so Chartloop gets the level "confined" (Landlock, seccomp, limits) and not "isolated". Landlock needs
# Linux 5.13 and an engine whose profile lets its calls through. `docker run --rm chartloop chartloop doctor` shows
# which layers came up; below "confined" the server refuses to run programs.

FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --create-home --uid 10001 chartloop \
 && install --directory --owner chartloop --group chartloop /srv/data

WORKDIR /srv/chartloop

# Packages first: this layer is rebuilt only when they change. PyTorch's usual Linux wheel brings GPU libraries of
# several gigabytes; an index that has its CPU build avoids them: --build-arg PIP_EXTRA_INDEX_URL=...
ARG PIP_EXTRA_INDEX_URL
COPY pyproject.toml requirements.lock README.md LICENSE ./
RUN pip install --constraint requirements.lock hatchling \
 && pip install --no-build-isolation --constraint requirements.lock ".[train]"

# Freshly trained weights are their owner's alone; the page's user has to read them.
COPY . .
RUN chmod -R a+rX . \
 && pip install --no-deps --no-build-isolation --editable .

USER chartloop
ENV CHARTLOOP_DATA_DIR=/srv/data \
    MPLCONFIGDIR=/srv/data/matplotlib
VOLUME /srv/data
EXPOSE 7860

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/readyz', timeout=4)"]

CMD ["chartloop", "serve", "--host", "0.0.0.0"]
