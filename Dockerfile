# The studio in a container, as an ordinary user: docs/studio.md tells how to build and run it.
FROM python:3.13-slim

RUN useradd --create-home studio
WORKDIR /home/studio/app
COPY requirements.txt requirements-studio.txt ./
RUN pip install --no-cache-dir --requirement requirements.txt --requirement requirements-studio.txt
COPY --chown=studio filters filters
COPY --chown=studio transformers transformers
COPY --chown=studio experiments experiments

USER studio
ENV PYTHONDONTWRITEBYTECODE=1
EXPOSE 7860
CMD ["python", "-m", "experiments", "studio", "--host", "0.0.0.0"]
