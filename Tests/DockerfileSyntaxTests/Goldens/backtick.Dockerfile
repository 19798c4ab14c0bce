# escape=`
FROM base AS w
RUN dir C:\ `
    && echo done
COPY a\b `
  # between
  c:\
