# The server as an image: the bundle and its one native package on a slim Node, run without rights.
FROM docker.io/library/node:26.10.0-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# No package needs its install script here: Node comes with the base, the rest is prebuilt.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# Of better-sqlite3 only what it loads on this platform; the rest of it is the source of SQLite.
RUN node scripts/build.ts /app \
    && find /app -name '*.map' -delete \
    && cd node_modules/better-sqlite3 \
    && mkdir -p /app/node_modules/better-sqlite3/prebuilds \
    && cp -r package.json LICENSE lib /app/node_modules/better-sqlite3 \
    && cp "prebuilds/linux-$(node -p process.arch).node" /app/node_modules/better-sqlite3/prebuilds

FROM docker.io/library/node:26.10.0-bookworm-slim
COPY --from=build /app /app
# Also for a user id that the container runtime chooses: such a user has group 0.
RUN ln -s /app/main.js /usr/local/bin/authserver \
    && mkdir /data && chown 65532:0 /data && chmod 0770 /data

ENV AUTHPLANE_STORAGE_SQLITE_PATH=/data/authserver.db \
    AUTHPLANE_SIGNING_KEY_PATH=/data/keys
WORKDIR /data
USER 65532:65532
EXPOSE 9000 9001

HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["authserver", "healthcheck"]

# A larger young generation spares the collector half of its work under load.
ENTRYPOINT ["node", "--max-semi-space-size=32", "/app/main.js"]
CMD ["serve"]
