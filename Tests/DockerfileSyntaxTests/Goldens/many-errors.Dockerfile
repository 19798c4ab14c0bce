# escape=`
# escape=`
RUN too early
FORM debian
FROM debian as 1st
FROM debian AS ok
	COPY	--from=$STAGE	模型.bin /m
COPY --from=late a b
CMD ["a", 1]
RUN --mount=type=secret,idd=x true
LABEL "unclosed=x
STOPSIGNAL SIGTREM
SHELL /bin/bash -c
RUN <<EOS
never ends
